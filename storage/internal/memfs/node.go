package memfs

import (
	"io/fs"
	"sync"
	"sync/atomic"
	"time"
)

// nodeCost is about what a file without content takes, in bytes.
const nodeCost = 512

// node is a file or a folder.
type node struct {
	name     string // its last component
	mode     fs.FileMode
	modified time.Time // of a folder: guarded by the folder's lock too
	uid, gid int32
	// uses counts the handles, and the place in the tree as one more. Whoever
	// takes the last one away frees the memory.
	uses   atomic.Int32
	folder *folder // nil for a file
	data   data    // of a file
}

// folder is the entries of a folder.
type folder struct {
	mu    sync.RWMutex
	nodes map[string]*node
}

// newFile makes a file and its first handle in one allocation.
func (f *FS) newFile(name string, mode fs.FileMode) *file {
	made := &struct {
		file
		node
	}{}
	n := &made.node
	n.init(f, name, mode)
	n.uses.Store(2) // the place in the tree, and the handle
	made.file.node = n
	return &made.file
}

func (f *FS) newFolder(name string, mode fs.FileMode) *node {
	n := &node{folder: &folder{nodes: map[string]*node{}}}
	n.init(f, name, mode)
	n.uses.Store(1)
	return n
}

func (n *node) init(f *FS, name string, mode fs.FileMode) {
	n.name, n.mode, n.modified = name, mode, f.now()
	n.data.init(f)
	f.budget.Add(nodeCost)
}

func (n *node) isDir() bool { return n.folder != nil }

// drop ends one use.
func (n *node) drop() {
	if n.uses.Add(-1) == 0 {
		n.data.release()
		n.data.fs.budget.Add(-nodeCost)
	}
}

// get finds an entry; nil if there is none.
func (d *folder) get(name string) *node {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.nodes[name]
}
