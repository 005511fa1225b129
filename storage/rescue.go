package storage

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cosemu/cosemu/storage/internal/blob"
	"github.com/cosemu/cosemu/storage/internal/crc64"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// RescueOptions are the choices for RescueDisk.
type RescueOptions struct {
	// Dismiss removes what would be saved.
	Dismiss bool
	// Progress is called while the bodies are read; it may be nil.
	Progress Progress
	// Now is the time of objects made of bodies that hold no time.
	Now time.Time
}

// RescueReport is what RescueDisk did.
type RescueReport struct {
	// Aside is the new name in the data folder of the damaged index, "" if none was
	// damaged.
	Aside string
	// Lost is how many versions and parts have a row and no bytes any more.
	Lost int
	// Rescued is how many objects were put into Buckets: made of bodies that no row
	// named, or moved there because their body is damaged.
	Rescued int
	Buckets []string
	// Dismissed is how many bodies or damaged objects were removed.
	Dismissed int
}

// rescuedBucket and the APPID are the name of the bucket for rescued objects.
const rescuedBucket = "rescued-"

// RescueDisk repairs a damaged data folder. Rows that can be read stay. Bodies that no
// row names, and what is left of damaged objects, become objects of the bucket
// rescued-APPID; their key is the bucket and the key that they were stored under.
// With Dismiss these are removed instead. Sound objects do not change, and neither
// does a folder without damage.
func RescueDisk(dir string, o RescueOptions) (RescueReport, error) {
	var r RescueReport
	found, err := CheckDisk(dir, o.Progress)
	if err != nil || found.Sound() {
		return r, err
	}
	if len(found.Faults) > 0 {
		f, lock, err := lockFolder(dir)
		if err != nil {
			return r, err
		}
		r.Aside, r.Lost, err = rebuild(f)
		if err := errors.Join(err, unlock(lock)); err != nil {
			return r, err
		}
	}
	s, err := openDisk(dir, Options{Fsync: true, keepOrphans: true})
	if err != nil {
		return r, err
	}
	w := &rescuer{s: s, o: o, report: &r, named: map[uuid.UUID]bool{}}
	err = errors.Join(w.run(len(found.Faults) > 0), s.Close())
	return r, err
}

// rescuer repairs a store that nobody else uses.
type rescuer struct {
	s      *Store
	o      RescueOptions
	report *RescueReport
	named  map[uuid.UUID]bool
}

func (w *rescuer) run(rebuilt bool) error {
	var moves []func() error
	c := &checker{ix: w.s.ix, files: w.s.files, report: &CheckReport{}, named: w.named}
	c.found = func(at rowAt, o *Object) error {
		moves = append(moves, func() error { return w.moveDamaged(at, *o) })
		return nil
	}
	if err := c.run(); err != nil {
		return err
	}
	for _, move := range moves {
		if err := move(); err != nil {
			return err
		}
	}
	if !rebuilt {
		return nil // bodies that no row names are left over from a crash
	}
	if err := w.orphans(); err != nil {
		return err
	}
	return w.s.ix.Apply(index.Op{Kind: index.Delete, Key: cutOffKey()})
}

// orphans makes objects of the bodies that no row names.
func (w *rescuer) orphans() error {
	var list []orphan
	err := w.s.files.Each(func(id uuid.UUID, size int64) error {
		if w.named[id] {
			return nil
		}
		if w.o.Dismiss {
			w.report.Dismissed++
			w.s.removeFiles([]Segment{{Blob: id}})
			return nil
		}
		o, ok, err := w.read(id, size)
		if ok {
			list = append(list, o)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, g := range assemble(list) {
		if err := w.store(g); err != nil {
			return err
		}
	}
	return nil
}

// orphan is a body and its label.
type orphan struct {
	label
	seg Segment
}

// read reads the label of a body. A body without a label is of an earlier version
// of cosemu, or was not written to its end.
func (w *rescuer) read(id uuid.UUID, size int64) (o orphan, ok bool, err error) {
	f, err := w.s.files.Open(id)
	if err != nil {
		return o, false, err
	}
	l, labelled, err := readLabel(f, size, id)
	if err := errors.Join(err, f.Close()); err != nil || size == 0 {
		return o, false, err
	}
	o = orphan{label: l, seg: Segment{Blob: id, Size: size}}
	if labelled {
		o.seg.Size = l.object.Size
		return o, o.seg.Size > 0, nil
	}
	o.object = Object{Key: hex.EncodeToString(id[:]), Modified: w.o.Now}
	return o, true, nil
}

// name is the key that an orphan gets, if no newer one has it.
func (o *orphan) name() string {
	if o.bucket == "" {
		return "unnamed/" + o.object.Key
	}
	return o.bucket + "/" + o.object.Key
}

// assemble groups the bodies that were one object: the parts of an upload by their
// numbers, the pieces of an appended object by their offsets. Of objects with the
// same name the newest comes first.
func assemble(list []orphan) (groups [][]orphan) {
	by := map[string][]orphan{}
	for _, o := range list {
		id := o.seg.Blob.String()
		switch {
		case o.upload != "":
			id = "upload " + o.upload
		case o.appended:
			id = "appended " + o.name()
		}
		by[id] = append(by[id], o)
	}
	for _, g := range by {
		slices.SortFunc(g, func(a, b orphan) int { // of two at one place the newer first
			return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.at, b.at), blob.Compare(b.seg.Blob, a.seg.Blob))
		})
		if g[0].upload != "" {
			g = slices.CompactFunc(g, func(a, b orphan) bool { return a.part == b.part })
		}
		if g[0].appended {
			g = chain(g)
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b []orphan) int {
		return cmp.Or(strings.Compare(a[0].name(), b[0].name()), b[0].object.Modified.Compare(a[0].object.Modified),
			blob.Compare(b[0].seg.Blob, a[0].seg.Blob))
	})
	return groups
}

// chain picks the pieces of an appended object that follow one another. Of pieces at
// one offset the longest is the one that was joined of others.
func chain(g []orphan) (out []orphan) {
	at := g[0].at
	for i := 0; i < len(g); {
		best := -1
		for ; i < len(g) && g[i].at <= at; i++ {
			if g[i].at == at && (best < 0 || g[i].seg.Size > g[best].seg.Size) {
				best = i
			}
		}
		if best < 0 {
			return out
		}
		out = append(out, g[best])
		at += g[best].seg.Size
	}
	return out
}

// store makes an object of the bodies of a group.
func (w *rescuer) store(g []orphan) error {
	o := g[0].object
	o.Segments, o.UploadID = nil, g[0].upload
	for i := range g {
		o.Segments = append(o.Segments, g[i].seg)
	}
	return w.put(g[0].bucket, g[0].name(), o)
}

// put makes o an object of the bucket for rescued objects. Its digests are those of
// the bytes that are left.
func (w *rescuer) put(from, name string, o Object) error {
	size := o.Size
	if err := w.digest(&o); err != nil {
		return err
	}
	if o.Size == 0 && size > 0 {
		w.report.Lost++
		return nil
	}
	bucket, err := w.bucket(from)
	if err != nil {
		return err
	}
	if o.Key, err = w.free(bucket, name, o.Segments); err != nil {
		return err
	}
	o.VersionID, o.DeleteMarker, o.Appendable = "", false, false
	if o.Modified.IsZero() {
		o.Modified = w.o.Now
	}
	w.report.Rescued++
	return w.s.ix.Apply(index.Op{Kind: index.Put, Key: keys.Object(nil, bucket, o.Key), Value: appendObject(nil, &o)})
}

// free finds a key that no object has. If the name is too long, or a newer object
// has it, the key ends in the identifier of the body.
func (w *rescuer) free(bucket, name string, segs []Segment) (string, error) {
	suffix := ""
	if len(segs) > 0 {
		suffix = "." + segs[0].Blob.String()
	}
	if len(name) <= MaxKeySize {
		_, err := w.s.Stat(bucket, name)
		if errors.Is(err, ErrNoObject) {
			return name, nil
		}
		if err != nil {
			return "", err
		}
	}
	return name[:min(len(name), MaxKeySize-len(suffix))] + suffix, nil
}

// bucket finds or makes the bucket for objects rescued from another bucket.
func (w *rescuer) bucket(from string) (string, error) {
	appid := appIDOf(from)
	b := Bucket{Region: "ap-guangzhou", Created: w.o.Now}
	all, err := w.s.Buckets()
	if err != nil {
		return "", err
	}
	for _, other := range all {
		if appid == "" || appid == other.Owner {
			appid, b.Region = other.Owner, other.Region
			break
		}
	}
	b.Name, b.Owner = rescuedBucket+cmp.Or(appid, "1250000000"), cmp.Or(appid, "1250000000")
	if err := w.s.CreateBucket(b); err != nil && !errors.Is(err, ErrBucketExists) {
		return "", err
	}
	if !slices.Contains(w.report.Buckets, b.Name) {
		w.report.Buckets = append(w.report.Buckets, b.Name)
	}
	return b.Name, nil
}

// digest computes the size and the digests of o from the bytes of its segments.
// Missing segments are left out. The ETag of the label stays if the bytes are those
// of the label.
func (w *rescuer) digest(o *Object) error {
	var sum crc64.Sum
	tag := md5.New()
	segs := o.Segments
	o.Segments, o.Size = nil, 0
	for _, seg := range segs {
		n, err := w.copyBody(io.MultiWriter(&sum, tag), seg)
		if err != nil {
			return err
		}
		if seg.Size = n; n > 0 {
			o.Segments, o.Size = append(o.Segments, seg), o.Size+n
		}
	}
	if o.ETag == "" || uint64(sum) != o.CRC64 {
		o.ETag = hex.EncodeToString(tag.Sum(nil))
	}
	o.CRC64 = uint64(sum)
	return nil
}

// copyBody writes what is left of a segment.
func (w *rescuer) copyBody(to io.Writer, seg Segment) (int64, error) {
	if seg.Inline {
		data, _, err := w.s.ix.Get(nil, keys.Data(nil, seg.Blob))
		_, _ = to.Write(data) // a hash takes all
		return min(int64(len(data)), seg.Size), err
	}
	f, err := w.s.files.Open(seg.Blob)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(to, io.LimitReader(f, seg.Size))
	return n, errors.Join(err, f.Close())
}

// moveDamaged removes a damaged object; what is left of its body becomes a rescued
// object. A damaged part is removed.
func (w *rescuer) moveDamaged(at rowAt, o Object) error {
	keep := !w.o.Dismiss && at.Bucket != ""
	if keep {
		if err := w.put(at.Bucket, at.Bucket+"/"+at.Key, o); err != nil {
			return err
		}
	} else {
		w.report.Dismissed++
	}
	if at.Bucket == "" {
		if err := w.s.ix.Apply(appendDataRemoval([]index.Op{{Kind: index.Delete, Key: at.row}}, o.Segments)...); err != nil {
			return err
		}
		w.s.removeFiles(o.Segments)
		return nil
	}
	m := new(scratch)
	r, err := w.s.removeRows(m, at.Bucket, at.Key, func(m *scratch, b *Bucket) (removal, error) {
		var r removal
		var err error
		if b.Versioning == VersioningNever {
			r, err = w.s.deleteRow(m, at.Bucket, at.Key)
		} else {
			r, err = w.s.deleteVersion(b, at.Key, cmp.Or(o.VersionID, NullVersion))
		}
		if keep {
			r.batch = slices.DeleteFunc(r.batch, func(op index.Op) bool { return op.Key[0] == keys.SpaceData })
		}
		return r, err
	})
	if err == nil && !keep {
		w.s.removeFiles(r.dropped)
	}
	return err
}
