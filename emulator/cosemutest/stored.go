package cosemutest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/storage"
)

// history lists the requests for a key.
func (run *instance) history(bucket, key string) string {
	found := run.emulator.Journal().Select(Filter{Bucket: bucket, Key: key})
	if len(found) == 0 {
		return "; no request named it"
	}
	return list(found, Filter{})
}

func (run *instance) read(bucket, key string) (Object, error) {
	r, err := run.store.Open(bucket, key)
	if err != nil {
		return Object{}, err
	}
	o := Object{
		Bucket: bucket, Key: key, Body: make([]byte, r.Size), Header: make(http.Header, len(r.Header)),
		ETag: r.ETag, CRC64: r.CRC64, Modified: r.Modified, StorageClass: r.StorageClass, ACL: r.ACL,
	}
	for _, f := range r.Header {
		o.Header.Add(f.Name, f.Value)
	}
	_, err = io.ReadFull(r, o.Body)
	return o, errors.Join(err, r.Close())
}

// keys returns the keys of a bucket that match a pattern, as in Filter.Key.
func (run *instance) keys(bucket, pattern string) ([]string, error) {
	prefix, isPrefix := strings.CutSuffix(pattern, "*")
	if !isPrefix {
		_, err := run.store.Stat(bucket, pattern)
		if errors.Is(err, storage.ErrNoObject) {
			return nil, nil
		}
		return []string{pattern}, err
	}
	var keys []string
	o := storage.ListOptions{Prefix: prefix, Max: 1000}
	for {
		page, err := run.store.List(bucket, o)
		if err != nil {
			return nil, err
		}
		for i := range page.Objects {
			keys = append(keys, page.Objects[i].Key)
		}
		if !page.Truncated {
			return keys, nil
		}
		o.Marker = page.NextMarker
	}
}

func (run *instance) put(bucket, key, content string, headers []string) (Object, error) {
	o := storage.Object{Key: key, StorageClass: "STANDARD", Modified: run.emulator.Accounts().Now(addr.AppID(bucket)).UTC()}
	if err := setHeaders(&o, headers); err != nil {
		return Object{}, err
	}
	size := int64(len(content))
	staged, err := run.store.Stage(size)
	if err != nil {
		return Object{}, err
	}
	defer staged.Abort() //nolint:errcheck // after the commit it does nothing
	digest, err := run.bodies.Copy(staged, strings.NewReader(content), body.Spec{Length: size, Limit: size})
	if err != nil {
		return Object{}, err
	}
	o.ETag, o.CRC64 = hex.EncodeToString(digest.MD5[:]), digest.CRC64
	if _, err := staged.Commit(bucket, o, storage.CommitOptions{}); err != nil {
		return Object{}, err
	}
	return run.read(bucket, key)
}

// setHeaders sets storage class, ACL and stored headers of o.
func setHeaders(o *storage.Object, headers []string) error {
	h, err := pairs(headers)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := strings.Join(h[name], ",")
		switch {
		case name == "X-Cos-Storage-Class":
			o.StorageClass = value
		case name == "X-Cos-Acl":
			o.ACL = value
		case strings.HasPrefix(name, "X-Cos-Meta-"):
			o.Header = append(o.Header, storage.Field{Name: strings.ToLower(name), Value: value})
		case isStoredHeader(name):
			o.Header = append(o.Header, storage.Field{Name: name, Value: value})
		default:
			return fmt.Errorf("the header %s is not stored with an object", name)
		}
	}
	return nil
}

// isStoredHeader reports whether COS stores a standard header with the object (COS docs: PUT Object).
func isStoredHeader(name string) bool {
	switch name {
	case "Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires":
		return true
	}
	return false
}

// excerptBytes is how many bytes of a body a message shows.
const excerptBytes = 64

// difference shows two bodies from a little before their first difference.
func difference(want, got string) string {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	from := max(0, at-excerptBytes/4)
	return fmt.Sprintf(", from byte %d on:\n  wanted %d bytes: %s\n  stored %d bytes: %s",
		at, len(want), excerpt(want, from), len(got), excerpt(got, from))
}

func excerpt(s string, from int) string {
	part := s[min(from, len(s)):]
	text := fmt.Sprintf("%q", part[:min(excerptBytes, len(part))])
	if from > 0 {
		text = "…" + text
	}
	if len(part) > excerptBytes {
		text += "…"
	}
	return text
}
