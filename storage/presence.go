package storage

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// ErrGone says that the data folder was removed or replaced while the store was
// open. What was written since is not in it.
var ErrGone = errors.New("storage: the data folder was removed or replaced under the running server")

// presence is the file system of an index on disk. It knows which file is the
// log of changes, so that it can be told whether that file is still in the
// folder: what is written to a file that was removed succeeds, and is lost.
//
// It makes a new file for each log. One that was another log before holds that
// one's records at its end, among which damage could not be told.
type presence struct {
	vfs.FS
	bodies string // the folder of the bodies
	mu     sync.Mutex
	name   string // of the current log
	file   os.FileInfo
}

// Create implements vfs.FS.
func (p *presence) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := p.FS.Create(name, c)
	if err != nil || c != walCategory {
		return f, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.name, p.file = name, info
	return f, nil
}

// ReuseForWrite implements vfs.FS.
func (p *presence) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := p.Remove(oldname); err != nil {
		return nil, err
	}
	return p.Create(newname, c)
}

// Unwrap implements vfs.FS.
func (p *presence) Unwrap() vfs.FS { return p.FS }

// log is the current log.
func (p *presence) log() (name string, file os.FileInfo) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.name, p.file
}

// logThere looks whether the log is where it was made: one look, so that every
// change to the index can be followed by it.
func (p *presence) logThere() error {
	for {
		name, file := p.log()
		if file == nil {
			return nil
		}
		now, err := os.Stat(name)
		if err == nil && os.SameFile(now, file) {
			return nil
		}
		if next, _ := p.log(); next != name {
			continue // another one has begun
		}
		if err == nil {
			err = errors.New("another file has its name")
		}
		return fmt.Errorf("%w (%w)", ErrGone, err)
	}
}

// there looks whether index and bodies are where they were.
func (p *presence) there() error {
	if err := p.logThere(); err != nil {
		return err
	}
	if _, err := os.Stat(p.bodies); err != nil {
		return fmt.Errorf("%w (%w)", ErrGone, err)
	}
	return nil
}
