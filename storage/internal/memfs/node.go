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
	uid, gid int
	// uses counts the handles, and the place in the tree as one more. Who takes
	// the last one away gives the memory back.
	uses   atomic.Int32
	folder *folder // nil for a file
	data   data    // of a file
}

// folder is the entries of a folder.
type folder struct {
	mu    sync.RWMutex
	nodes map[string]*node
}

func (f *FS) newNode(name string, mode fs.FileMode) *node {
	n := &node{name: name, mode: mode, modified: f.now()}
	if mode.IsDir() {
		n.folder = &folder{nodes: map[string]*node{}}
	}
	n.data.init(&f.pool, f.budget)
	n.uses.Store(1)
	f.budget.Add(nodeCost)
	return n
}

func (n *node) isDir() bool { return n.folder != nil }

// drop takes one use away.
func (n *node) drop() {
	if n.uses.Add(-1) == 0 {
		n.data.release()
		n.data.budget.Add(-nodeCost)
	}
}

// get finds an entry; nil if there is none.
func (d *folder) get(name string) *node {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.nodes[name]
}
