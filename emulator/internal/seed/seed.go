// Package seed fills a store from a folder DIR/<bucket>/<key…>.
package seed

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/storage"
)

// Options are what the files do not define.
type Options struct {
	// Region is the region of created buckets.
	Region string
	// Now is the time of creation of buckets and objects.
	Now time.Time
}

// Report counts what Load did.
type Report struct {
	Buckets int   // created buckets
	Objects int   // stored objects
	Bytes   int64 // size of the stored objects
	Kept    int   // objects that existed before and were not changed
}

// maxObject is the largest object of one upload, in bytes (COS docs: PUT Object).
const maxObject = 5 << 30

// Load stores each file of dir as an object. The first folder of its path is the bucket, with the
// APPID, which is created if it does not exist. The rest of the path is the key. An existing object
// is not replaced, since it may be newer than the file (choice 81). Dot-files beside the buckets
// are ignored. Errors name the file.
func Load(st *storage.Store, dir fs.FS, o Options) (Report, error) {
	l := &loader{store: st, dir: dir, options: o}
	top, err := fs.ReadDir(dir, ".")
	if err != nil {
		return l.report, bilingual.Errorf("seed: %w", "seed：%w", err)
	}
	for _, e := range top {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := l.bucket(e.Name()); err != nil {
			return l.report, bilingual.Errorf("seed: %w", "seed：%w", err)
		}
	}
	return l.report, nil
}

type loader struct {
	store   *storage.Store
	dir     fs.FS
	options Options
	bodies  body.Reader
	report  Report
}

// bucket loads the folder of a bucket.
func (l *loader) bucket(name string) error {
	info, err := fs.Stat(l.dir, name)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return bilingual.Errorf("%s: lies beside the buckets' folders; put an object into <bucket>/<key>",
			"%s：与存储桶的目录并列；对象应放在 <bucket>/<key>", name)
	}
	if err := addr.ValidBucket(name); err != nil {
		return bilingual.Errorf("the folder %s cannot be a bucket: %w", "目录 %s 不能作为存储桶：%w", name, err)
	}
	err = l.store.CreateBucket(storage.Bucket{
		Name: name, Region: l.options.Region, Owner: addr.AppID(name), ACL: "private", Created: l.options.Now.UTC(),
	})
	switch {
	case err == nil:
		l.report.Buckets++
	case !errors.Is(err, storage.ErrBucketExists):
		return bilingual.Errorf("%s: %w", "%s：%w", name, err)
	}
	return fs.WalkDir(l.dir, name, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		return l.object(name, file)
	})
}

// object stores a file.
func (l *loader) object(bucket, file string) error {
	key := strings.TrimPrefix(file, bucket+"/")
	if err := checkKey(key); err != nil {
		return bilingual.Errorf("%s: %w", "%s：%w", file, err)
	}
	switch _, err := l.store.Stat(bucket, key); {
	case err == nil:
		l.report.Kept++
		return nil
	case !errors.Is(err, storage.ErrNoObject):
		return bilingual.Errorf("%s: %w", "%s：%w", file, err)
	}
	f, err := l.dir.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return bilingual.Errorf("%s: not a regular file", "%s：不是普通文件", file)
	case info.Size() > maxObject:
		return bilingual.Errorf("%s: larger than 5 GiB, the most for one upload", "%s：超过 5 GiB，即一次上传的上限", file)
	}
	size, err := l.save(bucket, key, f, info.Size())
	if err != nil {
		return bilingual.Errorf("%s: %w", "%s：%w", file, err)
	}
	l.report.Objects++
	l.report.Bytes += size
	return nil
}

// save stores the content of r.
func (l *loader) save(bucket, key string, r io.Reader, size int64) (int64, error) {
	staged, err := l.store.Stage(size)
	if err != nil {
		return 0, err
	}
	defer staged.Abort() //nolint:errcheck // after the commit it does nothing
	digest, err := l.bodies.Copy(staged, r, body.Spec{Length: size, Limit: maxObject})
	if err != nil {
		return 0, err
	}
	_, err = staged.Commit(bucket, storage.Object{
		Key: key, ETag: hex.EncodeToString(digest.MD5[:]), CRC64: digest.CRC64,
		Modified: l.options.Now.UTC(), StorageClass: "STANDARD",
		Header: []storage.Field{{Name: "Content-Type", Value: contentType(key)}},
	}, storage.CommitOptions{})
	return digest.Size, err
}

// checkKey refuses keys that an upload cannot have (COS docs: Object overview, naming rules).
func checkKey(key string) error {
	switch {
	case len(key) > storage.MaxKeySize:
		return bilingual.Errorf("the key has %d bytes; the most is %d", "对象键有 %d 字节，最多 %d 字节", len(key), storage.MaxKeySize)
	case strings.HasPrefix(key, `\`):
		return bilingual.Errorf(`a key cannot begin with \`, `对象键不能以 \ 开头`)
	case strings.ContainsAny(key, "\x18\x19\x1a\x1b"):
		return bilingual.Errorf("a key cannot contain the control characters 0x18 to 0x1B", "对象键不能包含控制字符 0x18 至 0x1B")
	}
	return nil
}
