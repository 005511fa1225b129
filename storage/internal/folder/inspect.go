package folder

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/afero"

	"github.com/cosemu/cosemu/storage/internal/bilingual"
	"github.com/cosemu/cosemu/storage/internal/blob"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/indexlog"
)

// Inspection is what a look at the files of an index tells before it is opened.
type Inspection struct {
	Exists bool             // there is an index
	Last   uint64           // number of the last change that is there
	Faults []bilingual.Text // why it must not be opened, each in a few words
	// CutOff says which acknowledged changes are missing, though the rest can be used; empty if none
	// are.
	CutOff bilingual.Text

	logs int // how many logs of changes there are
}

// InspectIndex reads the logs of an index in the folder dir of ixfs. Pebble takes a damaged log for
// one that ends there. (The tables have checksums, which Pebble checks.) reused says that a log may
// have been written over an older one, as in format 1.
func InspectIndex(ixfs vfs.FS, dir string, reused bool) (in Inspection, err error) {
	names, err := ixfs.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return in, nil
	}
	if err != nil {
		return in, err
	}
	desc, err := pebble.Peek(dir, ixfs)
	if err != nil {
		in.Faults = append(in.Faults, plain(err))
		return in, nil
	}
	in.Exists = desc.Exists
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
		case name != manifest || !in.Exists:
			continue
		}
		b, err := readAll(ixfs, ixfs.PathJoin(dir, name))
		if err != nil {
			in.Faults = append(in.Faults, plain(err))
			continue
		}
		r := indexlog.Scan(b, o)
		if r.State == indexlog.Damaged {
			in.Faults = append(in.Faults, bilingual.Textf("index/%s is damaged at byte %d of %d", "index/%s 已损坏：第 %d 字节，共 %d 字节", name, r.End, len(b)))
		}
		if isLog {
			logs[uint64(o.Number)] = r
		} else {
			base = r
		}
	}
	in.compare(base, logs)
	return in, nil
}

// firstChange is the number of the first change of an index. Pebble reserves lower
// ones.
const firstChange = 10

// compare compares the manifest and the logs. A file that looks whole may have lost its end.
func (in *Inspection) compare(manifest indexlog.Report, logs map[uint64]indexlog.Report) {
	tabled := max(manifest.Last, firstChange-1)
	for _, number := range slices.Sorted(maps.Keys(logs)) {
		r := logs[number]
		switch {
		case r.Last == 0, number < manifest.Log: // empty, or its changes are in tables
			continue
		case in.Last == 0 && r.First > tabled+1 && len(in.Faults) == 0:
			in.Faults = append(in.Faults, bilingual.Textf("changes %d to %d are missing: the MANIFEST in index/ has lost its end, or a log is missing",
				"缺少第 %d 到 %d 次改动：index/ 里的 MANIFEST 末尾丢失，或缺少一个日志",
				tabled+1, r.First-1))
		case in.Last > 0 && r.First > in.Last+1:
			in.CutOff = bilingual.Textf("changes %d to %d are missing: the log before index/%06d.log has lost its end",
				"缺少第 %d 到 %d 次改动：index/%06d.log 之前的日志末尾丢失", in.Last+1, r.First-1, number)
		}
		in.Last = max(in.Last, r.Last)
	}
	if in.Last == 0 { // all changes are in tables
		in.Last = manifest.Last
	}
}

// Inspect looks for damage of the index. was is the format of the folder, 0 if that is unknown.
func (f Folder) Inspect(was uint64) (in Inspection, err error) {
	if in, err = InspectIndex(vfs.Default, f.Index(), was < formatSealed); err != nil {
		return in, err
	}
	if len(in.Faults) == 0 && (in.Exists || in.logs > 0) {
		if in.Faults, err = f.checkSeal(); err != nil {
			return in, err
		}
	}
	if acked := index.Acked(f.Index()); acked > in.Last && in.CutOff == (bilingual.Text{}) {
		in.CutOff = bilingual.Textf("changes %d to %d are missing: the log in index/ has lost its end",
			"缺少第 %d 到 %d 次改动：index/ 里的日志末尾丢失", in.Last+1, acked)
	}
	used := was > 0
	if !used && (!in.Exists || in.logs == 0) {
		bodies := blob.New(blob.Config{FS: afero.NewOsFs(), Dir: f.Bodies()})
		if used, err = bodies.Any(); err != nil {
			return in, err
		}
	}
	in.Used(used)
	return in, nil
}

// Used adds the faults that an index has if its folder was in use before.
func (in *Inspection) Used(used bool) {
	switch {
	case !used || len(in.Faults) > 0:
	case !in.Exists:
		in.Faults = append(in.Faults, bilingual.Text{En: "index/ holds no index, though the folder was in use", Zh: "目录使用过，index/ 里却没有索引"})
	case in.logs == 0:
		in.Faults = append(in.Faults, bilingual.Text{En: "the log in index/ is missing", Zh: "缺少 index/ 里的日志"})
	}
}

// plain is an error that has one language.
func plain(err error) bilingual.Text {
	line := index.OneLine(err)
	return bilingual.Text{En: line, Zh: line}
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
