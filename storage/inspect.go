package storage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/afero"

	"github.com/cosemu/cosemu/storage/internal/indexlog"
)

// DamageError refuses to open a data folder whose index broke, since to open it
// would be to lose what could still be saved. It wraps ErrDamaged. Nothing was
// changed.
type DamageError struct {
	Faults []string // what is wrong, each in a few words
}

// Error implements error.
func (e *DamageError) Error() string {
	return fmt.Sprintf("%v: %s", ErrDamaged, strings.Join(e.Faults, "; "))
}

// Unwrap implements errors.
func (*DamageError) Unwrap() error { return ErrDamaged }

// inspection is what a look at the files of an index tells before it is opened.
type inspection struct {
	exists bool     // there is an index
	logs   int      // how many logs of changes there are
	last   uint64   // the number of the last change in them, 0 if they hold none
	faults []string // why it must not be opened
}

// inspectIndex reads the logs of an index, which Pebble takes to end where they
// are damaged. Its tables have checksums that Pebble heeds. reused says that the
// logs may be over older ones, as those of format 1 are.
func inspectIndex(ixfs vfs.FS, dir string, reused bool) (in inspection, err error) {
	names, err := ixfs.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return in, nil
	}
	if err != nil {
		return in, err
	}
	desc, err := pebble.Peek(dir, ixfs)
	if err != nil {
		in.faults = append(in.faults, oneLine(err))
		return in, nil
	}
	in.exists = desc.Exists
	manifest := ixfs.PathBase(desc.ManifestFilename)
	for _, name := range names {
		o := indexlog.Options{Reused: reused}
		number, isLog := strings.CutSuffix(name, ".log")
		switch n, err := strconv.ParseUint(number, 10, 32); {
		case isLog && err == nil:
			o.Number = uint32(n)
			in.logs++
		case name != manifest || !in.exists:
			continue
		}
		b, err := readAll(ixfs, ixfs.PathJoin(dir, name))
		if err != nil {
			in.faults = append(in.faults, oneLine(err))
			continue
		}
		r := indexlog.Scan(b, o)
		if r.State == indexlog.Damaged {
			in.faults = append(in.faults, fmt.Sprintf("index/%s is damaged at byte %d of %d", name, r.End, len(b)))
		}
		if isLog {
			in.last = max(in.last, r.Last)
		}
	}
	return in, nil
}

// inspect refuses an index that broke. was is the form of the folder, 0 if that
// is unknown.
func (f folder) inspect(ixfs vfs.FS, was uint64) error {
	in, err := f.inspection(ixfs, was)
	if err != nil || len(in.faults) == 0 {
		return err
	}
	return &DamageError{Faults: in.faults}
}

func (f folder) inspection(ixfs vfs.FS, was uint64) (in inspection, err error) {
	if in, err = inspectIndex(ixfs, filepath.Join(f.dir, "index"), was < formatSealed); err != nil {
		return in, err
	}
	if len(in.faults) == 0 {
		if in.faults, err = f.checkSeal(); err != nil {
			return in, err
		}
	}
	used := was > 0
	if !used && (!in.exists || in.logs == 0) {
		blobDir := filepath.Join(f.dir, "blobs") + string(filepath.Separator)
		if used, err = (&blobs{fs: afero.NewOsFs(), root: blobDir}).any(); err != nil {
			return in, err
		}
	}
	in.beside(used)
	return in, nil
}

// beside adds what it says of the index that the folder was used before.
func (in *inspection) beside(used bool) {
	switch {
	case !used || len(in.faults) > 0:
	case !in.exists:
		in.faults = append(in.faults, "index/ holds no index, though the folder was in use")
	case in.logs == 0:
		in.faults = append(in.faults, "the log in index/ is missing")
	}
}

func readAll(ixfs vfs.FS, name string) ([]byte, error) {
	f, err := ixfs.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	b := make([]byte, info.Size())
	n, err := f.ReadAt(b, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:n], errors.Join(err, f.Close())
}

// oneLine is the text of an error of the index in one line, without what Pebble
// appends for itself.
func oneLine(err error) string {
	text := strings.ReplaceAll(err.Error(), "<corruption detail carrier>", "")
	return strings.Join(strings.Fields(text), " ")
}

// any reports whether there is a body.
func (b *blobs) any() (bool, error) {
	for n := range fanout * fanout {
		f, err := b.fs.Open(b.dir(n))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		for {
			names, err := f.Readdirnames(64)
			for _, name := range names {
				if _, ok := parseBlob(name); ok {
					return true, f.Close()
				}
			}
			if err != nil || len(names) == 0 {
				if !errors.Is(err, io.EOF) && err != nil {
					return false, errors.Join(err, f.Close())
				}
				break
			}
		}
		if err := f.Close(); err != nil {
			return false, err
		}
	}
	return false, nil
}
