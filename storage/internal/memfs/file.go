package memfs

import (
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/afero"
)

// file is an open file or folder. Like an *os.File it may be used by many
// goroutines as long as they use ReadAt and WriteAt; the others share one
// offset.
type file struct {
	node   *node
	name   string
	flag   int
	pos    int64
	listed *[]os.FileInfo // what Readdir has left to give; nil before its first call
	closed atomic.Bool
}

var _ afero.File = (*file)(nil)

func (h *file) fs() *FS { return h.node.data.fs }

func (h *file) readable() bool { return h.flag&(os.O_WRONLY|os.O_RDWR) != os.O_WRONLY }
func (h *file) writable() bool { return h.flag&(os.O_WRONLY|os.O_RDWR) != os.O_RDONLY }

// check returns the error that refuses op, if any.
func (h *file) check(op string, allowed bool) error {
	switch {
	case h.closed.Load():
		return pathError(op, h.name, fs.ErrClosed)
	case h.node.isDir():
		return pathError(op, h.name, syscall.EISDIR)
	case !allowed:
		return pathError(op, h.name, syscall.EBADF)
	}
	return nil
}

// Name implements afero.File.
func (h *file) Name() string { return h.name }

// Reserve announces the size the file will have, so that its memory fits it
// exactly. It is a hint: nothing is allocated before bytes are written.
func (h *file) Reserve(size int64) {
	if h.check("reserve", h.writable()) == nil {
		h.node.data.reserve(size)
	}
}

// Prepaid hands over n bytes that the caller took from the budget for this file. Close frees those
// that are not used.
func (h *file) Prepaid(n int64) { h.node.data.prepay(n) }

// Read implements io.Reader.
func (h *file) Read(p []byte) (int, error) {
	if err := h.check("read", h.readable()); err != nil {
		return 0, err
	}
	n, err := h.node.data.readAt(p, h.pos)
	h.pos += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

// ReadAt implements io.ReaderAt.
func (h *file) ReadAt(p []byte, off int64) (int, error) {
	if err := h.check("read", h.readable()); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, pathError("readat", h.name, syscall.EINVAL)
	}
	return h.node.data.readAt(p, off)
}

// WriteRangeTo writes n bytes from off on to w without copying them first; fewer if
// the file ends before. Nobody may change the file meanwhile.
func (h *file) WriteRangeTo(w io.Writer, off, n int64) (int64, error) {
	if err := h.check("read", h.readable()); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, pathError("read", h.name, syscall.EINVAL)
	}
	var total int64
	for total < n {
		p := h.node.data.stretch(off+total, n-total)
		if len(p) == 0 {
			break
		}
		m, err := w.Write(p)
		total += int64(m)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// Write implements io.Writer.
func (h *file) Write(p []byte) (int, error) {
	if err := h.check("write", h.writable()); err != nil {
		return 0, err
	}
	var err error
	at := h.pos
	if h.flag&os.O_APPEND != 0 {
		at, err = h.node.data.append(p)
	} else {
		_, err = h.node.data.writeAt(p, at)
	}
	if err != nil {
		return 0, pathError("write", h.name, err)
	}
	h.pos = at + int64(len(p))
	h.touch()
	return len(p), nil
}

// WriteAt implements io.WriterAt.
func (h *file) WriteAt(p []byte, off int64) (int, error) {
	if err := h.check("write", h.writable()); err != nil {
		return 0, err
	}
	if off < 0 || h.flag&os.O_APPEND != 0 {
		return 0, pathError("writeat", h.name, syscall.EINVAL)
	}
	n, err := h.node.data.writeAt(p, off)
	if err != nil {
		return n, pathError("writeat", h.name, err)
	}
	h.touch()
	return n, nil
}

// WriteString implements afero.File.
func (h *file) WriteString(s string) (int, error) { return h.Write([]byte(s)) }

// Seek implements io.Seeker.
func (h *file) Seek(offset int64, whence int) (int64, error) {
	if h.closed.Load() {
		return 0, pathError("seek", h.name, fs.ErrClosed)
	}
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += h.pos
	case io.SeekEnd:
		offset += h.node.data.length()
	default:
		offset = -1
	}
	if offset < 0 {
		return 0, pathError("seek", h.name, syscall.EINVAL)
	}
	h.pos = offset
	h.listed = nil
	return offset, nil
}

// Truncate implements afero.File.
func (h *file) Truncate(size int64) error {
	if err := h.check("truncate", h.writable()); err != nil {
		return err
	}
	if size < 0 {
		return pathError("truncate", h.name, syscall.EINVAL)
	}
	if err := h.node.data.truncate(size); err != nil {
		return pathError("truncate", h.name, err)
	}
	h.touch()
	return nil
}

// Sync implements afero.File; memory has nothing to wait for.
func (h *file) Sync() error {
	if h.closed.Load() {
		return pathError("sync", h.name, fs.ErrClosed)
	}
	return nil
}

// Stat implements afero.File.
func (h *file) Stat() (os.FileInfo, error) {
	if h.closed.Load() {
		return nil, pathError("stat", h.name, fs.ErrClosed)
	}
	h.fs().mu.RLock()
	defer h.fs().mu.RUnlock()
	return h.node.info(), nil
}

// Readdir implements afero.File.
func (h *file) Readdir(count int) ([]os.FileInfo, error) {
	if h.closed.Load() {
		return nil, pathError("readdir", h.name, fs.ErrClosed)
	}
	if !h.node.isDir() {
		return nil, pathError("readdir", h.name, syscall.ENOTDIR)
	}
	if h.listed == nil {
		all := h.fs().list(h.node)
		h.listed = &all
	}
	left := *h.listed
	if count > 0 && len(left) == 0 {
		return nil, io.EOF
	}
	n := len(left)
	if count > 0 {
		n = min(n, count)
	}
	*h.listed = left[n:]
	return left[:n:n], nil
}

// Readdirnames implements afero.File.
func (h *file) Readdirnames(count int) ([]string, error) {
	infos, err := h.Readdir(count)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(infos))
	for i, fi := range infos {
		names[i] = fi.Name()
	}
	return names, nil
}

// Close implements io.Closer.
func (h *file) Close() error {
	if h.closed.Swap(true) {
		return pathError("close", h.name, fs.ErrClosed)
	}
	if h.writable() && !h.node.isDir() {
		h.node.data.finish()
	}
	h.node.drop()
	return nil
}

// touch notes a change of content.
func (h *file) touch() {
	now := h.fs().now()
	if now.IsZero() {
		return
	}
	h.fs().mu.Lock()
	h.node.modified = now
	h.fs().mu.Unlock()
}

// info describes a node as it is now.
type info struct {
	name     string
	size     int64
	mode     fs.FileMode
	modified time.Time
}

// info takes the lock of n if that is a folder.
func (n *node) info() os.FileInfo {
	if n.isDir() {
		n.folder.mu.RLock()
		defer n.folder.mu.RUnlock()
	}
	return info{name: n.name, mode: n.mode, modified: n.modified, size: n.data.length()}
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return i.modified }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }
