package snapshot

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/storage"
)

// Save writes the buckets of an account. What changes meanwhile is saved as it was before or after;
// what is removed meanwhile may be left out.
func Save(w io.Writer, st *storage.Store, appID string) (Summary, error) {
	s := &saver{tar: tar.NewWriter(w), store: st, appID: appID, sum: sha256.New()}
	if err := s.save(); err != nil {
		return s.done, err
	}
	return s.done, s.tar.Close()
}

// Fits reports an error for an account with an object that is too large for a snapshot, so that a
// caller can refuse before the first byte.
func Fits(st *storage.Store, appID string) error {
	s := &saver{store: st, appID: appID}
	buckets, err := st.BucketsOf(appID)
	if err != nil {
		return err
	}
	for i := range buckets {
		err := s.versions(buckets[i].Name, func(v *storage.Version) error {
			if v.Size > maxBody {
				return fmt.Errorf("%w: %q of %s has %d bytes", ErrTooLarge, v.Key, buckets[i].Name, v.Size)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type saver struct {
	tar   *tar.Writer
	store *storage.Store
	appID string
	sum   hash.Hash
	done  Summary
}

func (s *saver) save() error {
	m, names, err := s.manifest()
	if err != nil {
		return err
	}
	doc, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := s.entry(manifestName, append(doc, '\n')); err != nil {
		return err
	}
	for i, full := range names {
		if err := s.objects(m.Buckets[i].Name, full); err != nil {
			return err
		}
	}
	return s.entry(checksumName, []byte(hex.EncodeToString(s.sum.Sum(nil))+"\n"))
}

func (s *saver) manifest() (*manifest, []string, error) {
	buckets, err := s.store.BucketsOf(s.appID)
	if err != nil {
		return nil, nil, err
	}
	// As bare names, which do not change with the APPID.
	slices.SortFunc(buckets, func(a, b storage.Bucket) int { return strings.Compare(bare(a.Name, s.appID), bare(b.Name, s.appID)) })
	m := &manifest{Format: format, Version: version, AppID: s.appID, Buckets: []bucket{}}
	for i := range buckets {
		b := &buckets[i]
		out := bucket{
			Name: bare(b.Name, s.appID), Region: b.Region, ACL: b.ACL, Created: b.Created.UTC(), Versioning: versioningName(b.Versioning),
		}
		for _, name := range b.Configs {
			doc, err := s.store.Config(b.Name, name)
			if errors.Is(err, storage.ErrNoConfig) {
				continue // removed meanwhile
			}
			if err != nil {
				return nil, nil, err
			}
			if out.Settings == nil {
				out.Settings = map[string]text{}
			}
			out.Settings[name] = text(doc)
		}
		m.Buckets = append(m.Buckets, out)
		s.done.Buckets = append(s.done.Buckets, b.Name)
	}
	return m, s.done.Buckets, nil
}

func bare(bucket, appID string) string { return bucket[:len(bucket)-len(appID)-1] }

// names of the versioning of buckets; empty: never.
func versioningName(v storage.Versioning) string {
	switch v {
	case storage.VersioningEnabled:
		return "Enabled"
	case storage.VersioningSuspended:
		return "Suspended"
	}
	return ""
}

// objects writes the objects of a bucket by key, the versions of a key from the oldest.
func (s *saver) objects(dir, bucket string) error {
	n := 0
	var same []storage.Version // of one key, newest first
	flush := func() error {
		slices.Reverse(same)
		for i := range same {
			saved, err := s.object(fmt.Sprintf("%s/%010d", dir, n+1), bucket, &same[i])
			if err != nil {
				return err
			}
			if saved {
				n++
			}
		}
		same = same[:0]
		return nil
	}
	err := s.versions(bucket, func(v *storage.Version) error {
		if len(same) > 0 && same[0].Key != v.Key {
			if err := flush(); err != nil {
				return err
			}
		}
		same = append(same, *v)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// versions walks all versions of a bucket. One that is removed meanwhile has none.
func (s *saver) versions(bucket string, use func(*storage.Version) error) error {
	o := storage.VersionOptions{Max: 1000}
	for {
		page, err := s.store.ListVersions(bucket, o)
		if err != nil {
			return gone(err)
		}
		for i := range page.Versions {
			if err := use(&page.Versions[i]); err != nil {
				return err
			}
		}
		if !page.Truncated {
			return nil
		}
		o.KeyMarker, o.VersionMarker = page.NextKeyMarker, page.NextVersionMarker
	}
}

// gone forgets the error for what was removed meanwhile.
func gone(err error) error {
	for _, known := range []error{storage.ErrNoBucket, storage.ErrNoObject, storage.ErrNoVersion} {
		if errors.Is(err, known) {
			return nil
		}
	}
	return err
}

func (s *saver) object(name, bucket string, v *storage.Version) (saved bool, err error) {
	if v.DeleteMarker {
		return true, s.description(name, &object{
			Key: text(v.Key), Modified: v.Modified.UTC(), Marker: true, Null: v.VersionID == storage.NullVersion,
		})
	}
	r, err := s.store.OpenVersion(bucket, v.Key, v.VersionID)
	if err != nil {
		return false, gone(err)
	}
	defer r.Close()
	if r.Size > maxBody {
		return false, ErrTooLarge
	}
	r.Verify()
	o := &object{
		Key: text(v.Key), Size: r.Size, ETag: r.ETag, CRC64: r.CRC64, Modified: r.Modified.UTC(), Class: r.StorageClass,
		Header: fieldsOf(r.Header), ACL: r.ACL, Tags: fieldsOf(r.Tags), Appendable: r.Appendable, Null: r.VersionID == storage.NullVersion,
	}
	if err := s.description(name, o); err != nil || r.Size == 0 {
		return true, err
	}
	to, err := s.begin(name, r.Size)
	if err != nil {
		return true, err
	}
	n, err := r.CopyN(to, r.Size)
	s.done.Bytes += n
	return true, err
}

func (s *saver) description(name string, o *object) error {
	s.done.Objects++
	doc, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return s.entry(name+".json", append(doc, '\n'))
}

// begin begins an entry. What is written to it is summed too.
func (s *saver) begin(name string, size int64) (io.Writer, error) {
	sumName(s.sum, name, size)
	err := s.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
	})
	return io.MultiWriter(s.tar, s.sum), err
}

func (s *saver) entry(name string, data []byte) error {
	to, err := s.begin(name, int64(len(data)))
	if err == nil {
		_, err = to.Write(data)
	}
	return err
}

// sumName adds what an entry is called to the checksum.
func sumName(sum hash.Hash, name string, size int64) {
	_, _ = fmt.Fprintf(sum, "%s\x00%d\x00", name, size) // a hash takes everything
}
