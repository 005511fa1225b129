package folder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cosemu/cosemu/storage/internal/bilingual"
	"github.com/cosemu/cosemu/storage/internal/crc64"
	"github.com/cosemu/cosemu/storage/internal/record"
)

// sealName is a file that describes the files of the index. It exists while no process works on the
// folder, if the last one closed it in order.
const sealName = "seal"

// Seal describes the files of a closed index: the names and sizes of all, and the CRC-64 of those
// that Pebble reads only up to a damage.
func (f Folder) Seal() error {
	entries, err := os.ReadDir(f.Index())
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

// sealed tells whether the seal lists a file of the index.
func sealed(name string) bool {
	return strings.HasSuffix(name, ".log") || strings.HasSuffix(name, ".sst") ||
		strings.HasPrefix(name, "MANIFEST-") || strings.HasPrefix(name, "marker.")
}

// measure returns the size of a file of the index, and its CRC-64 unless it is a table. With sync
// it syncs a log, which must be on the disk before the seal is.
func (f Folder) measure(name string, sync bool) (size int64, sum uint64, err error) {
	path := filepath.Join(f.Index(), name)
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

// checkSeal returns what differs from the seal. Without a readable seal it
// returns nothing.
func (f Folder) checkSeal() (faults []bilingual.Text, err error) {
	b, err := os.ReadFile(filepath.Join(f.Dir, sealName))
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
			return nil, fmt.Errorf("%w: seal: %w", record.ErrFormat, err)
		}
		switch has, now, err := f.measure(name, false); {
		case errors.Is(err, fs.ErrNotExist):
			faults = append(faults, bilingual.Textf("index/%s is missing", "缺少 index/%s", name))
		case err != nil:
			return nil, err
		case has != size:
			faults = append(faults, bilingual.Textf("index/%s has %d of %d bytes", "index/%s 只有 %d 字节，应有 %d 字节", name, has, size))
		case now != sum:
			faults = append(faults, bilingual.Textf("index/%s is damaged", "index/%s 已损坏", name))
		}
	}
	return faults, nil
}

// openedSince reports whether an earlier cosemu, which knows no seal, opened the index after it was
// sealed. Opening writes a new manifest.
func (f Folder) openedSince(seal string) (bool, error) {
	entries, err := os.ReadDir(f.Index())
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

// BreakSeal removes the seal before the index changes. The removal is synced: a seal that came back
// after a loss of power would be wrong.
func (f Folder) BreakSeal() error {
	err := os.Remove(filepath.Join(f.Dir, sealName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Sync()
}
