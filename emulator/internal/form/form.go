// Package form reads uploads that come as a web form, `POST /` with
// multipart/form-data (COS docs: POST Object), and judges their policy.
//
// A form is read in one pass: [Read] takes the fields, which come first and are
// few and small, and stops at the file, which streams. The order in which the
// cloud's checks show in its messages (COS docs: POST Object 常见异常) is the
// order of the calls: [Read], [Form.Auth], [Auth.CheckPolicy], then the key and
// [Auth.Verify], then [Auth.CheckConditions], then the file through
// [Auth.LimitSize] (choice 145). Nothing here knows a bucket, a key ring or a
// store.
package form

import (
	"crypto/md5"
	"encoding/base64"
	"io"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// Field is a form field, name and value as they were sent.
type Field struct{ Name, Value string }

// Form is a form whose fields have been read and whose file has not.
type Form struct {
	// Fields are all fields before the file, in order.
	Fields []Field
	// Key is the object key: the field of that name with every ${filename} in it
	// replaced (choice 144). It is not empty and has 850 bytes at most.
	Key string
	// FileName is the name of the uploaded file without the folders before it;
	// empty when the client gave none.
	FileName string
	// File is the file's content, byte for byte: a Content-Transfer-Encoding is
	// not undone (choice 158). Its end is judged as the rest of the form is: an
	// error is a *coserr.Error, and only io.EOF means that the form was whole
	// and had no second file. It reads from the body given to [Read].
	File io.Reader

	index map[string]int // lower-cased name → the first field of that name
}

// Lookup returns the value of a field and tells whether it is there. The case
// of names does not matter: the documents' own older sample sends `Acl`, and
// `x-Cos-meta-bb` to a condition on `x-cos-meta-bb`. Of several fields of one
// name the first counts, for the policy as for everything else (choice 140). The
// key is Key, wildcards replaced.
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

// Get is [Form.Lookup] where an absent field is as good as an empty one.
func (f *Form) Get(name string) string {
	v, _ := f.Lookup(name)
	return v
}

// ContentMD5 returns the 16 bytes of the field Content-MD5, which is the MD5 of
// the file alone; nil when it was not sent, InvalidDigest when it is no base64
// of 16 bytes.
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

// Names of fields that mean something here.
const (
	fieldKey       = "key"
	fieldPolicy    = "policy"
	fieldSignature = "signature" // of the Mini Program, which writes it Signature
	fieldAlgorithm = "q-sign-algorithm"
	fieldAK        = "q-ak"
	fieldSignTime  = "q-sign-time"
	fieldKeyTime   = "q-key-time"
	fieldQSig      = "q-signature"
	fieldRedirect  = "success_action_redirect"
	fieldStatus    = "success_action_status"
	fieldBucket    = "bucket" // in policies only
)

// MaxKey is the longest object key in bytes (COS docs: 对象概述).
const MaxKey = 850

// fileNameVariable is what stands for the name of the file in a key.
const fileNameVariable = "${filename}"

// setKey replaces the wildcards, which happens before the policy is judged (COS
// docs: POST Object). A form without a key is InvalidArgument (choice 143). The
// length is known before anything is copied: a key full of wildcards and a long
// name would otherwise fill the memory.
func (f *Form) setKey() *coserr.Error {
	i, ok := f.index[fieldKey]
	if !ok {
		return noKey()
	}
	key := f.Fields[i].Value
	grows := strings.Count(key, fileNameVariable) * (len(f.FileName) - len(fileNameVariable))
	if len(key)+grows > MaxKey {
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

// baseName cuts the folders off, which some clients send, with either slash.
func baseName(name string) string {
	return name[strings.LastIndexAny(name, `/\`)+1:]
}
