package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/storage/internal/crc64"
)

// folder is what stands in a data folder beside blobs/ and index/.
type folder struct {
	dir   string
	fsync bool
}

const (
	// formatName is a file with the version of the folder's form. It says, too,
	// that there once was an index.
	formatName = "format"
	// sealName is a file that is there while no process works on the folder and the
	// last one closed it in order. It says how the files of the index were left.
	sealName = "seal"
)

// version is the form of the folder as its file says it, 0 if there is none or
// it is unreadable: the index has it, too.
func (f folder) version() (uint64, error) {
	b, err := os.ReadFile(filepath.Join(f.dir, formatName))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 32)
	if err != nil {
		return 0, nil //nolint:nilerr // it is written anew
	}
	return v, nil
}

// setVersion writes the file of the form, unless it says so already.
func (f folder) setVersion(was uint64) error {
	if was == format {
		return nil
	}
	return f.write(formatName, fmt.Appendf(nil, "%d\n", format))
}

// write puts a file in place whole.
func (f folder) write(name string, b []byte) error {
	path := filepath.Join(f.dir, name)
	h, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = h.Write(b)
	if err == nil && f.fsync {
		err = h.Sync()
	}
	if err = errors.Join(err, h.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return f.sync(f.fsync)
}

// sync makes the entries of the folder lasting.
func (f folder) sync(wanted bool) error {
	if !wanted {
		return nil
	}
	h, err := os.Open(f.dir)
	if err != nil {
		return err
	}
	return errors.Join(h.Sync(), h.Close())
}

// seal notes how the files of a closed index were left: the names and sizes of
// all, and the CRC-64 of those in which Pebble takes damage for the end.
func (f folder) seal() error {
	entries, err := os.ReadDir(filepath.Join(f.dir, "index"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, e := range entries {
		if !sealed(e.Name()) {
			continue
		}
		size, sum, err := f.measure(e.Name(), true)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %d %016x\n", e.Name(), size, sum)
	}
	fmt.Fprintf(&b, "%016x\n", crc64.Update(0, b.Bytes()))
	return f.write(sealName, b.Bytes())
}

// sealed tells whether a file of the index is one of Pebble's own that matter.
func sealed(name string) bool {
	return strings.HasSuffix(name, ".log") || strings.HasSuffix(name, ".sst") ||
		strings.HasPrefix(name, "MANIFEST-") || strings.HasPrefix(name, "marker.")
}

// measure returns the size of a file of the index, and its CRC-64 unless it is a
// table. What was not synced is synced, if wanted: a seal may not outlive it.
func (f folder) measure(name string, sync bool) (size int64, sum uint64, err error) {
	path := filepath.Join(f.dir, "index", name)
	if strings.HasSuffix(name, ".sst") {
		info, err := os.Stat(path)
		if err != nil {
			return 0, 0, err
		}
		return info.Size(), 0, nil
	}
	b, err := os.ReadFile(path)
	if err == nil && sync && strings.HasSuffix(name, ".log") {
		err = syncFile(path)
	}
	return int64(len(b)), crc64.Update(0, b), err
}

func syncFile(path string) error {
	h, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(h.Sync(), h.Close())
}

// checkSeal returns what is not as the seal says. Without a seal, or with one
// that is itself unreadable, that is nothing.
func (f folder) checkSeal() (faults []string, err error) {
	b, err := os.ReadFile(filepath.Join(f.dir, sealName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	body, last, _ := cutLast(b)
	if last != fmt.Sprintf("%016x", crc64.Update(0, body)) {
		return nil, nil
	}
	if stale, err := f.openedSince(string(body)); err != nil || stale {
		return nil, err
	}
	for line := range strings.Lines(string(body)) {
		var name string
		var size int64
		var sum uint64
		if _, err := fmt.Sscanf(line, "%s %d %x", &name, &size, &sum); err != nil {
			return nil, fmt.Errorf("%w: seal: %w", ErrFormat, err)
		}
		switch has, now, err := f.measure(name, false); {
		case errors.Is(err, fs.ErrNotExist):
			faults = append(faults, fmt.Sprintf("index/%s is missing", name))
		case err != nil:
			return nil, err
		case has != size:
			faults = append(faults, fmt.Sprintf("index/%s has %d of %d bytes", name, has, size))
		case now != sum:
			faults = append(faults, fmt.Sprintf("index/%s is damaged", name))
		}
	}
	return faults, nil
}

// openedSince reports whether an earlier cosemu, which knows of no seal, opened
// the index after it was sealed. To open it is to write a new manifest.
func (f folder) openedSince(seal string) (bool, error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, "index"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "marker.manifest.") && !strings.Contains(seal, e.Name()+" ") {
			return true, nil
		}
	}
	return false, err
}

// cutLast cuts the last line off b.
func cutLast(b []byte) (before []byte, line string, ok bool) {
	b, ok = bytes.CutSuffix(b, []byte("\n"))
	at := bytes.LastIndexByte(b, '\n') + 1
	return b[:at], string(b[at:]), ok
}

// breakSeal takes the seal away before the index changes, and for good: one that
// came back after a loss of power would be wrong.
func (f folder) breakSeal() error {
	err := os.Remove(filepath.Join(f.dir, sealName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.sync(true)
}
