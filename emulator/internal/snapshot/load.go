package snapshot

import (
	"errors"
	"io"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/storage"
)

// LoadOptions say where a file is loaded to.
type LoadOptions struct {
	// AppID is the account. The buckets get its APPID, in the settings too.
	AppID string
	// Replace empties buckets that are there already and not empty; else these are refused with a
	// *NotEmptyError (choice 781).
	Replace bool
}

// Load makes the buckets of a file, which has size bytes. A file that is damaged changes nothing.
// When the store fails while the file is loaded, its buckets are removed, or empty if they were
// there before.
func Load(st *storage.Store, file io.ReaderAt, size int64, o LoadOptions) (Summary, error) {
	if err := read(file, size, &checker{}); err != nil {
		return Summary{}, err
	}
	l := &loader{store: st, LoadOptions: o}
	if err := read(file, size, l); err != nil {
		return Summary{}, errors.Join(err, l.undo())
	}
	return l.done, nil
}

// checker reads a file and does nothing.
type checker struct{}

func (*checker) begin(*manifest) error                    { return nil }
func (*checker) bucket(*bucket) error                     { return nil }
func (*checker) object(*bucket, *object, io.Reader) error { return nil }

// loader makes what a file holds.
type loader struct {
	store *storage.Store
	LoadOptions
	from  string // APPID of the account that was saved
	names []string
	had   map[string]earlier
	made  []string // full names of those that were touched
	state storage.Versioning
	done  Summary
}

// earlier is a bucket that was there before.
type earlier struct {
	storage.Bucket
	settings map[string][]byte
}

func (l *loader) full(b *bucket) string { return b.Name + "-" + l.AppID }

// begin looks at the buckets that are there, before anything changes.
func (l *loader) begin(m *manifest) error {
	l.from, l.had = m.AppID, map[string]earlier{}
	for i := range m.Buckets {
		name := l.full(&m.Buckets[i])
		if err := addr.ValidBucket(name); err != nil {
			return damaged("%s is no name of a bucket", name)
		}
		l.names = append(l.names, m.Buckets[i].Name)
		have, err := l.store.Bucket(name)
		if errors.Is(err, storage.ErrNoBucket) {
			continue
		}
		if err != nil {
			return err
		}
		if err := l.remember(have); err != nil {
			return err
		}
		empty, err := l.empty(&have)
		if err != nil {
			return err
		}
		if !empty && !l.Replace {
			return &NotEmptyError{name}
		}
	}
	return nil
}

func (l *loader) remember(b storage.Bucket) error {
	was := earlier{b, map[string][]byte{}}
	for _, name := range b.Configs {
		doc, err := l.store.Config(b.Name, name)
		if errors.Is(err, storage.ErrNoConfig) {
			continue
		}
		if err != nil {
			return err
		}
		was.settings[name] = doc
	}
	l.had[b.Name] = was
	return nil
}

// empty reports whether a bucket has nothing but what it was made with.
func (l *loader) empty(b *storage.Bucket) (bool, error) {
	for _, name := range b.Configs {
		if name != settingDefaultCORS && name != ops.ConfigMAZ {
			return false, nil
		}
	}
	versions, err := l.store.ListVersions(b.Name, storage.VersionOptions{Max: 1})
	if err != nil {
		return false, err
	}
	uploads, err := l.store.ListUploads(b.Name, storage.UploadOptions{Max: 1})
	return len(versions.Versions)+len(uploads.Uploads) == 0, err
}

func (l *loader) bucket(b *bucket) error {
	name := l.full(b)
	l.made = append(l.made, name)
	made := storage.Bucket{Name: name, Region: b.Region, Owner: l.AppID, ACL: b.ACL, Created: b.Created}
	var err error
	if _, there := l.had[name]; there {
		err = l.store.ClearBucket(made)
	} else {
		err = l.store.CreateBucket(made)
	}
	if err != nil {
		return err
	}
	l.state = storage.VersioningNever
	if err := l.turn(b, b.versioning()); err != nil {
		return err
	}
	for setting, doc := range b.Settings {
		if err := l.store.PutConfig(name, setting, []byte(l.moved(string(doc)))); err != nil {
			return err
		}
	}
	l.done.Buckets = append(l.done.Buckets, name)
	return nil
}

// moved is a setting in which the account that was saved became the one that it is loaded to
// (choice 782).
func (l *loader) moved(doc string) string {
	if l.from == l.AppID {
		return doc
	}
	pairs := []string{"uid/" + l.from + ":", "uid/" + l.AppID + ":"}
	for _, name := range l.names {
		pairs = append(pairs, name+"-"+l.from, name+"-"+l.AppID)
	}
	return strings.NewReplacer(pairs...).Replace(doc)
}

// turn changes the versioning of the bucket that is loaded.
func (l *loader) turn(b *bucket, to storage.Versioning) error {
	if l.state == to {
		return nil
	}
	l.state = to
	return l.store.SetVersioning(l.full(b), to)
}

func (l *loader) object(b *bucket, o *object, body io.Reader) error {
	// With versioning suspended a version is the null one, with it enabled it is another.
	want := b.versioning()
	switch {
	case want != storage.VersioningNever && o.Null:
		want = storage.VersioningSuspended
	case want != storage.VersioningNever:
		want = storage.VersioningEnabled
	}
	if err := l.turn(b, want); err != nil {
		return err
	}
	if err := l.put(b, o, body); err != nil {
		return err
	}
	return l.turn(b, b.versioning())
}

func (l *loader) put(b *bucket, o *object, body io.Reader) error {
	l.done.Objects++
	l.done.Bytes += o.Size
	if o.Marker {
		_, err := l.store.Delete(l.full(b), string(o.Key), o.Modified)
		return err
	}
	staged, err := l.store.Stage(o.Size)
	if err != nil {
		return err
	}
	defer func() { _ = staged.Abort() }() // nothing is left to abort after a commit
	if _, err := io.Copy(staged, body); err != nil {
		return err
	}
	_, err = staged.Commit(l.full(b), storage.Object{
		Key: string(o.Key), ETag: o.ETag, CRC64: o.CRC64, Modified: o.Modified, StorageClass: o.Class, Header: stored(o.Header),
		ACL: o.ACL, Tags: stored(o.Tags), Appendable: o.Appendable,
	}, storage.CommitOptions{})
	return err
}

// undo takes back what was made of a file. What stood in a bucket that was to be replaced is lost.
func (l *loader) undo() error {
	var errs error
	for _, name := range l.made {
		was, there := l.had[name]
		if !there {
			errs = errors.Join(errs, gone(l.store.DropBucket(name)))
			continue
		}
		errs = errors.Join(errs, gone(l.store.ClearBucket(was.Bucket)))
		if was.Versioning != storage.VersioningNever {
			errs = errors.Join(errs, gone(l.store.SetVersioning(name, was.Versioning)))
		}
		for setting, doc := range was.settings {
			errs = errors.Join(errs, gone(l.store.PutConfig(name, setting, doc)))
		}
	}
	return errs
}
