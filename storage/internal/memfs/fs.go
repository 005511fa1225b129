// Package memfs is a file system in memory made for bodies of any size: a
// file is a list of chunks that never move while it grows, so writing a
// gibibyte takes a gibibyte, and no lock is shared between files while bytes
// move. Names work as on a Unix system: a file that was removed lives on for
// those who have it open.
package memfs

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/afero"
)

// FS is an afero.Fs in memory. It is safe for concurrent use.
type FS struct {
	now    func() time.Time
	budget *Budget   // nil: no bound
	pool   sync.Pool // of *[maxChunk]byte

	// mu is held for writing by what makes, moves or removes folders or changes
	// the metadata of a node: nothing else is locked then. With mu held for
	// reading files are made and removed, each under the lock of its folder. So
	// writers in different folders do not wait for each other.
	mu   sync.RWMutex
	root *node
	// folders holds all folders by their clean names, so that a file is found in
	// two steps however deep it lies.
	folders map[string]*node
}

var _ afero.Fs = (*FS)(nil)

// New returns an empty file system. now gives files their times of change; nil
// leaves these zero.
func New(now func() time.Time) *FS { return NewWithin(nil, now) }

// NewWithin is New with a bound: what does not fit the budget fails with
// ENOSPC, and a file that is removed gives back what it took.
func NewWithin(b *Budget, now func() time.Time) *FS {
	if now == nil {
		now = func() time.Time { return time.Time{} }
	}
	f := &FS{now: now, budget: b}
	f.root = f.newFolder("/", fs.ModeDir|0o755)
	f.folders = map[string]*node{"": f.root}
	return f
}

// Name implements afero.Fs.
func (*FS) Name() string { return "memfs" }

// clean brings a name into the form a/b/c, empty for the root.
func clean(name string) string {
	if isClean(name) {
		return name
	}
	return path.Clean("/" + name)[1:]
}

// isClean reports whether a name is in that form. It may say no of one that is.
func isClean(name string) bool {
	slash := true // the byte before is one, or there is none
	for i := range len(name) {
		switch c := name[i]; {
		case c != '/' && c != '.':
			slash = false
		case slash: // an empty part, or one that begins with a dot
			return false
		case c == '/':
			slash = true
		}
	}
	return !slash
}

// walk finds the node of a clean name.
func (f *FS) walk(name string) (*node, error) {
	if n := f.folders[name]; n != nil {
		return n, nil
	}
	n := f.root
	for name != "" {
		if !n.isDir() {
			return nil, syscall.ENOTDIR
		}
		var part string
		part, name, _ = strings.Cut(name, "/")
		if n = n.folder.get(part); n == nil {
			return nil, fs.ErrNotExist
		}
	}
	return n, nil
}

// parent finds the folder that holds, or would hold, the clean name, and its
// last component; that of the root is empty.
func (f *FS) parent(name string) (dir *node, base string, err error) {
	at := strings.LastIndexByte(name, '/')
	dir, err = f.walk(name[:max(at, 0)])
	if err == nil && !dir.isDir() {
		err = syscall.ENOTDIR
	}
	return dir, name[at+1:], err
}

func pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// Create implements afero.Fs.
func (f *FS) Create(name string) (afero.File, error) {
	return f.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// Open implements afero.Fs.
func (f *FS) Open(name string) (afero.File, error) {
	return f.OpenFile(name, os.O_RDONLY, 0)
}

// OpenFile implements afero.Fs.
func (f *FS) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	h, err := f.open(clean(name), flag, perm)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	h.name, h.flag = name, flag
	if n := h.node; flag&os.O_TRUNC != 0 && h.writable() && !n.isDir() {
		_ = n.data.truncate(0) // it takes no memory
	}
	return h, nil
}

// open finds the node to open, or makes it, and returns a handle on it.
func (f *FS) open(name string, flag int, perm os.FileMode) (*file, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	dir, base, err := f.parent(name)
	if err != nil {
		return nil, err
	}
	d := dir.folder
	if flag&os.O_CREATE != 0 {
		d.mu.Lock()
		defer d.mu.Unlock()
	} else {
		d.mu.RLock()
		defer d.mu.RUnlock()
	}
	n := d.nodes[base]
	if base == "" {
		n = dir
	}
	switch {
	case n != nil && flag&(os.O_CREATE|os.O_EXCL) == os.O_CREATE|os.O_EXCL:
		return nil, fs.ErrExist
	case n != nil && n.isDir() && flag&(os.O_WRONLY|os.O_RDWR|os.O_CREATE) != 0:
		return nil, syscall.EISDIR
	case n == nil && flag&os.O_CREATE == 0:
		return nil, fs.ErrNotExist
	case n == nil:
		h := f.newFile(base, perm.Perm())
		d.nodes[base] = h.node
		dir.modified = h.node.modified
		return h, nil
	}
	n.uses.Add(1)
	return &file{node: n}, nil
}

// Mkdir implements afero.Fs.
func (f *FS) Mkdir(name string, perm os.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, base, err := f.parent(clean(name))
	if err == nil && (base == "" || dir.folder.nodes[base] != nil) {
		err = fs.ErrExist
	}
	if err != nil {
		return pathError("mkdir", name, err)
	}
	f.mkdir(dir, base, clean(name), perm)
	return nil
}

// mkdir makes the folder whose clean name is name in dir.
func (f *FS) mkdir(dir *node, base, name string, perm os.FileMode) *node {
	n := f.newFolder(base, fs.ModeDir|perm.Perm())
	dir.folder.nodes[base] = n
	dir.modified = n.modified
	f.folders[name] = n
	return n
}

// MkdirAll implements afero.Fs.
func (f *FS) MkdirAll(name string, perm os.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, whole := f.root, clean(name)
	for rest := whole; rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		next := n.folder.nodes[part]
		if next == nil {
			next = f.mkdir(n, part, strings.TrimSuffix(whole[:len(whole)-len(rest)], "/"), perm)
		}
		if !next.isDir() {
			return pathError("mkdir", name, syscall.ENOTDIR)
		}
		n = next
	}
	return nil
}

// Remove implements afero.Fs.
func (f *FS) Remove(name string) error {
	err := f.removeFile(clean(name))
	if errors.Is(err, syscall.EISDIR) {
		err = f.removeFolder(clean(name))
	}
	return pathError("remove", name, err)
}

// removeFile answers EISDIR, and does nothing, where there is a folder.
func (f *FS) removeFile(name string) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	dir, base, err := f.parent(name)
	if err != nil {
		return err
	}
	dir.folder.mu.Lock()
	defer dir.folder.mu.Unlock()
	switch n := dir.folder.nodes[base]; {
	case base == "":
		return syscall.EBUSY
	case n == nil:
		return fs.ErrNotExist
	case n.isDir():
		return syscall.EISDIR
	default:
		f.unlink(dir, n, name)
		return nil
	}
}

func (f *FS) removeFolder(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, base, err := f.parent(name)
	if err != nil {
		return err
	}
	n := dir.folder.nodes[base]
	switch {
	case n == nil: // gone in the meantime
		return fs.ErrNotExist
	case n.isDir() && len(n.folder.nodes) > 0:
		return syscall.ENOTEMPTY
	}
	f.unlink(dir, n, name)
	return nil
}

// RemoveAll implements afero.Fs.
func (f *FS) RemoveAll(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	name = clean(name)
	dir, base, err := f.parent(name)
	if base == "" {
		for _, n := range f.root.folder.nodes {
			f.unlink(f.root, n, n.name)
		}
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return pathError("remove", name, err)
	}
	if n := dir.folder.nodes[base]; n != nil {
		f.unlink(dir, n, name)
	}
	return nil
}

// unlink takes n, whose clean name is name, out of dir, and everything below it
// out of the tree. The caller holds the lock of dir, or mu for writing; for a
// folder it holds mu for writing.
func (f *FS) unlink(dir, n *node, name string) {
	delete(dir.folder.nodes, n.name)
	dir.modified = f.now()
	if n.isDir() {
		delete(f.folders, name)
		for _, c := range n.folder.nodes {
			f.unlink(n, c, name+"/"+c.name)
		}
	}
	n.drop()
}

// list returns the infos of a folder's entries, sorted by name.
func (f *FS) list(n *node) []os.FileInfo {
	f.mu.RLock()
	defer f.mu.RUnlock()
	n.folder.mu.RLock()
	out := make([]os.FileInfo, 0, len(n.folder.nodes))
	for _, c := range n.folder.nodes {
		out = append(out, c.info())
	}
	n.folder.mu.RUnlock()
	sort.Slice(out, func(i, j int) bool { return out[i].Name() < out[j].Name() })
	return out
}
