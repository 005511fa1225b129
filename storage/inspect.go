package storage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
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
	last   uint64   // the number of the last change that is there
	faults []string // why it must not be opened
	// cutOff says that acknowledged changes are missing, though what is there can be
	// used; "" if none are.
	cutOff string
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
	var base indexlog.Report
	logs := map[uint64]indexlog.Report{}
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
			logs[uint64(o.Number)] = r
		} else {
			base = r
		}
	}
	in.join(base, logs)
	return in, nil
}

// firstChange is the number of the first change of an index: Pebble keeps those
// below for itself.
const firstChange = 10

// join holds the manifest and the logs against one another. Each may be whole, and
// yet have lost its end.
func (in *inspection) join(manifest indexlog.Report, logs map[uint64]indexlog.Report) {
	tabled := max(manifest.Last, firstChange-1)
	for _, number := range slices.Sorted(maps.Keys(logs)) {
		r := logs[number]
		switch {
		case r.Last == 0, number < manifest.Log: // what it holds is in tables
			continue
		case in.last == 0 && r.First > tabled+1 && len(in.faults) == 0:
			in.faults = append(in.faults, fmt.Sprintf("changes %d to %d are missing: the MANIFEST in index/ has lost its end, or a log is missing",
				tabled+1, r.First-1))
		case in.last > 0 && r.First > in.last+1:
			in.cutOff = fmt.Sprintf("changes %d to %d are missing: the log before index/%06d.log has lost its end", in.last+1, r.First-1, number)
		}
		in.last = max(in.last, r.Last)
	}
	if in.last == 0 { // all are in tables
		in.last = manifest.Last
	}
}

// inspection looks at the index of the folder, and whether it is one that broke. was
// is the form of the folder, 0 if that is unknown.
func (f folder) inspection(ixfs vfs.FS, was uint64) (in inspection, err error) {
	if in, err = inspectIndex(ixfs, filepath.Join(f.dir, "index"), was < formatSealed); err != nil {
		return in, err
	}
	if len(in.faults) == 0 && (in.exists || in.logs > 0) {
		if in.faults, err = f.checkSeal(); err != nil {
			return in, err
		}
	}
	if acked := ackedChange(f.index()); acked > in.last && in.cutOff == "" {
		in.cutOff = fmt.Sprintf("changes %d to %d are missing: the log in index/ has lost its end", in.last+1, acked)
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
	text = regexp.MustCompile(`^pebble: (?:backing )?file (\d{6})(?: error)?: (?:pebble/table: )?`).
		ReplaceAllString(text, "index/$1.sst is damaged: ")
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
