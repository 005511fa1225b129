package memfs

import (
	"io/fs"
	"maps"
	"os"
	"strings"
	"syscall"
	"time"
)

// Rename implements afero.Fs. A file at newname is replaced.
func (f *FS) Rename(oldname, newname string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.rename(oldname, newname); err != nil {
		return &os.LinkError{Op: "rename", Old: oldname, New: newname, Err: err}
	}
	return nil
}

func (f *FS) rename(oldname, newname string) error {
	oldname, newname = clean(oldname), clean(newname)
	from, base, err := f.parent(oldname)
	if err != nil {
		return err
	}
	n := from.folder.nodes[base]
	if n == nil {
		return fs.ErrNotExist
	}
	if oldname == newname {
		return nil
	}
	if strings.HasPrefix(newname, oldname+"/") || newname == "" {
		return syscall.EINVAL // into itself
	}
	to, newbase, err := f.parent(newname)
	if err != nil {
		return err
	}
	if old := to.folder.nodes[newbase]; old != nil {
		switch {
		case old.isDir():
			return fs.ErrExist // as os.Rename answers, empty or not
		case n.isDir():
			return syscall.ENOTDIR
		}
		f.unlink(to, old, newname)
	}
	delete(from.folder.nodes, base)
	n.name = newbase
	to.folder.nodes[newbase] = n
	if n.isDir() {
		f.renameFolders(oldname, newname)
	}
	from.modified, to.modified = f.now(), f.now()
	return nil
}

// renameFolders changes the names of a folder and of those below it.
func (f *FS) renameFolders(oldname, newname string) {
	moved := map[string]*node{}
	for name, n := range f.folders {
		if rest, below := strings.CutPrefix(name, oldname); below && (rest == "" || rest[0] == '/') {
			moved[newname+rest] = n
			delete(f.folders, name)
		}
	}
	maps.Copy(f.folders, moved)
}

// Stat implements afero.Fs.
func (f *FS) Stat(name string) (os.FileInfo, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	n, err := f.walk(clean(name))
	if err != nil {
		return nil, pathError("stat", name, err)
	}
	return n.info(), nil
}

// change alters a node's metadata.
func (f *FS) change(op, name string, set func(n *node)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.walk(clean(name))
	if err == nil {
		set(n)
	}
	return pathError(op, name, err)
}

// Chmod implements afero.Fs. Permissions are kept, not enforced.
func (f *FS) Chmod(name string, mode os.FileMode) error {
	return f.change("chmod", name, func(n *node) { n.mode = n.mode.Type() | mode.Perm() })
}

// Chown implements afero.Fs. Owners are kept, not enforced.
func (f *FS) Chown(name string, uid, gid int) error {
	return f.change("chown", name, func(n *node) { n.uid, n.gid = int32(uid), int32(gid) })
}

// Chtimes implements afero.Fs. There is no time of access.
func (f *FS) Chtimes(name string, _, mtime time.Time) error {
	return f.change("chtimes", name, func(n *node) { n.modified = mtime })
}
