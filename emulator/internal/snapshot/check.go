package snapshot

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/storage"
)

// A file may come from anybody, so each value is held to what the server would have stored.

const (
	digits = "0123456789"
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	// token are the characters of a header's name (RFC 9110, 5.6.2).
	token = "!#$%&'*+-.^_`|~" + digits + lower + upper
)

// consists reports whether a text of at most so many bytes has these characters alone.
func consists(s, of string, most int) bool {
	return len(s) <= most && strings.Trim(s, of) == ""
}

const (
	maxHeader = 100
	maxTags   = 50
	maxValue  = 8 << 10
)

// settingDefaultCORS is the name of the mode without a CORS configuration; see judge.SetDefaultCORS.
const settingDefaultCORS = "cosemu-default-cors"

func (m *manifest) check() error {
	switch {
	case m.Format != format:
		return damaged("its format is %.40q", m.Format)
	case m.Version != version:
		return damaged("it has version %d, and this cosemu reads version %d", m.Version, version)
	case len(m.Buckets) > maxBuckets:
		return damaged("it has %d buckets", len(m.Buckets))
	case m.AppID == "" || !consists(m.AppID, digits, 20):
		return damaged("its account is %.40q", m.AppID)
	}
	last := ""
	for i := range m.Buckets {
		b := &m.Buckets[i]
		if err := b.check(); err != nil {
			return err
		}
		if b.Name <= last {
			return damaged("the bucket %.80q comes twice, or out of order", b.Name)
		}
		last = b.Name
	}
	return nil
}

func (b *bucket) check() error {
	if err := addr.ValidBucket(b.Name + "-1"); err != nil {
		return damaged("a bucket is called %.80q", b.Name)
	}
	if _, err := acl.Parse(b.ACL); err != nil {
		return damaged("the ACL of %s cannot be read", b.Name)
	}
	if !consists(b.Region, lower+digits+"-", 64) || b.Versioning != "" && b.versioning() == storage.VersioningNever {
		return damaged("the bucket %s cannot be read", b.Name)
	}
	for name, doc := range b.Settings {
		if name == settingDefaultCORS && (cors.Mode(doc) == cors.NoPage || cors.Mode(doc) == cors.EveryPage) {
			continue
		}
		if err := ops.CheckSetting(name, []byte(doc)); err != nil {
			return damaged("the setting %.40q of %s cannot be read", name, b.Name)
		}
	}
	return nil
}

func (b *bucket) versioning() storage.Versioning {
	for _, v := range []storage.Versioning{storage.VersioningEnabled, storage.VersioningSuspended} {
		if versioningName(v) == b.Versioning {
			return v
		}
	}
	return storage.VersioningNever
}

// check judges an object. last is the key of the one before.
func (o *object) check(b *bucket, last string) error {
	key := string(o.Key)
	versions := b.Versioning != ""
	switch {
	case key == "" || len(key) > storage.MaxKeySize || o.Size < 0 || o.Size > maxBody:
		return damaged("an object of %s cannot be read", b.Name)
	case key < last || key == last && !versions:
		return damaged("the object %.80q comes twice, or out of order", key)
	case (o.Marker || o.Null) && !versions, o.Marker && o.Size > 0:
		return damaged("the version of %.80q cannot be read", key)
	case !consists(o.ETag, lower+upper+digits+"-", 80), !consists(o.Class, upper+"_", 40), len(o.Header) > maxHeader, len(o.Tags) > maxTags:
		return damaged("the object %.80q cannot be read", key)
	}
	if _, err := acl.Parse(o.ACL); err != nil {
		return damaged("the ACL of %.80q cannot be read", key)
	}
	for _, f := range o.Header {
		if !storedHeader(string(f.Name)) || len(f.Value) > maxValue || strings.ContainsAny(string(f.Value), "\r\n\x00") {
			return damaged("the header %.40q of %.80q cannot be read", string(f.Name), key)
		}
	}
	for _, f := range o.Tags {
		if f.Name == "" || len(f.Name)+len(f.Value) > maxValue {
			return damaged("the tags of %.80q cannot be read", key)
		}
	}
	return nil
}

// storedHeader tells the headers that an upload leaves with an object.
func storedHeader(name string) bool {
	switch strings.ToLower(name) {
	case "content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires":
		return true
	}
	return consists(name, token, 1024) && (strings.HasPrefix(name, "x-cos-meta-") || strings.HasPrefix(name, "x-cos-server-side-encryption"))
}
