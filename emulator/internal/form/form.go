// Package form reads uploads by a web form, `POST /` with multipart/form-data (COS docs: POST
// Object), and checks their policy.
//
// A form is read in one pass. [Read] reads the fields, which come first and are small, and stops
// before the file, which is streamed. The checks happen in the order of COS (COS docs: POST Object
// 常见异常): [Read], [Form.Auth], [Auth.CheckPolicy], then the key pair and [Auth.Verify],
// [Auth.CheckConditions], and [Auth.LimitSize] while the file is read (choice 145).
//
// This package knows no buckets, key pairs or store.
package form

import (
	"crypto/md5"
	"encoding/base64"
	"io"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// Field is a form field. Name and value are unchanged.
type Field struct{ Name, Value string }

// Form is a form after its fields were read and before its file is read.
type Form struct {
	// Fields are the fields before the file, in order.
	Fields []Field
	// Key is the object key: the field key, with each ${filename} replaced (choice 144). It has 1
	// to 850 bytes.
	Key string
	// FileName is the name of the uploaded file without folders. It is empty where the client sent
	// none.
	FileName string
	// File reads the content of the file from the body given to [Read]. A Content-Transfer-Encoding
	// is not decoded (choice 158). The end of the form is checked too: an error is a *coserr.Error,
	// and io.EOF means that the form is complete and has no second file.
	File io.Reader

	index map[string]int // name in lower case → index of its first field
}

// Lookup returns the value of a field and reports whether it exists. Names are compared without
// case: the older sample of the documentation sends `Acl`, and `x-Cos-meta-bb` for a condition on
// `x-cos-meta-bb`. Where a name repeats, its first field counts, for the policy too (choice 140).
// The value of key is Key.
func (f *Form) Lookup(name string) (string, bool) {
	name = strings.ToLower(name)
	i, ok := f.index[name]
	switch {
	case !ok:
		return "", false
	case name == fieldKey:
		return f.Key, true
	}
	return f.Fields[i].Value, true
}

// Get returns the value of a field, or "" where it does not exist.
func (f *Form) Get(name string) string {
	v, _ := f.Lookup(name)
	return v
}

// ContentMD5 returns the 16 bytes of the field Content-MD5, the MD5 of the file, or nil where there
// is none. The error is InvalidDigest for a value that is not the base64 form of 16 bytes.
func (f *Form) ContentMD5() ([]byte, *coserr.Error) {
	text := f.Get("Content-MD5")
	if text == "" {
		return nil, nil
	}
	sum, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(sum) != md5.Size {
		return nil, coserr.New(coserr.InvalidDigest)
	}
	return sum, nil
}

func (f *Form) add(name, value string) {
	lower := strings.ToLower(name)
	if _, again := f.index[lower]; !again {
		f.index[lower] = len(f.Fields)
	}
	f.Fields = append(f.Fields, Field{name, value})
}

// Names of fields with a meaning.
const (
	fieldKey       = "key"
	fieldPolicy    = "policy"
	fieldSignature = "signature" // used by Mini Programs, in the form Signature
	fieldAlgorithm = "q-sign-algorithm"
	fieldAK        = "q-ak"
	fieldSignTime  = "q-sign-time"
	fieldKeyTime   = "q-key-time"
	fieldQSig      = "q-signature"
	fieldRedirect  = "success_action_redirect"
	fieldStatus    = "success_action_status"
	fieldBucket    = "bucket" // in policies only
)

// fileNameVariable is replaced by the name of the file.
const fileNameVariable = "${filename}"

// setKey sets Key. It replaces fileNameVariable, which happens before the policy is checked (COS
// docs: POST Object). A form without a key is InvalidArgument (choice 143). The length is computed
// before any copying, since many variables and a long name could fill the memory.
func (f *Form) setKey() *coserr.Error {
	i, ok := f.index[fieldKey]
	if !ok {
		return noKey()
	}
	key := f.Fields[i].Value
	grows := strings.Count(key, fileNameVariable) * (len(f.FileName) - len(fileNameVariable))
	if len(key)+grows > addr.MaxKey {
		return coserr.New(coserr.KeyTooLong)
	}
	f.Key = strings.ReplaceAll(key, fileNameVariable, f.FileName)
	if f.Key == "" {
		return noKey()
	}
	return nil
}

func noKey() *coserr.Error {
	return coserr.New(coserr.InvalidArgument).
		WithMessage("Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.")
}

// baseName removes the folders, which some clients send, with either slash.
func baseName(name string) string {
	return name[strings.LastIndexAny(name, `/\`)+1:]
}
