package blob

import (
	"sync"

	"github.com/google/uuid"
)

// holds counts who still needs a file: its writer until the commit, and every open reader.
type holds [64]holdsPart

type holdsPart struct {
	sync.Mutex
	files map[uuid.UUID]hold
	_     [48]byte // a cache line each
}

type hold struct {
	holders int
	remove  bool // when there is no holder any more
}

func (h *holds) init() {
	for i := range h {
		h[i].files = make(map[uuid.UUID]hold)
	}
}

// of returns the part that counts for a file, by a byte of its identifier that is random.
func (h *holds) of(id uuid.UUID) *holdsPart { return &h[id[14]%uint8(len(h))] }

// Hold keeps the file of a body until Release is called as often.
func (b *Files) Hold(id uuid.UUID) {
	p := b.holds.of(id)
	p.Lock()
	defer p.Unlock()
	h := p.files[id]
	h.holders++
	p.files[id] = h
}

// Release ends one hold. With the last one the file goes if Remove was called meanwhile.
func (b *Files) Release(id uuid.UUID) {
	if b.release(id) {
		b.removeFile(id)
	}
}

func (b *Files) release(id uuid.UUID) (remove bool) {
	p := b.holds.of(id)
	p.Lock()
	defer p.Unlock()
	h := p.files[id]
	h.holders--
	if h.holders > 0 {
		p.files[id] = h
		return false
	}
	delete(p.files, id)
	return h.remove
}

// Remove removes the file of a body that no row names any more: now, or, if somebody holds it, at
// the last Release.
func (b *Files) Remove(id uuid.UUID) {
	if !b.removeLater(id) {
		b.removeFile(id)
	}
}

// removeLater marks a file for removal if somebody holds it, and reports whether that is so.
func (b *Files) removeLater(id uuid.UUID) bool {
	p := b.holds.of(id)
	p.Lock()
	defer p.Unlock()
	h, held := p.files[id]
	if held {
		h.remove = true
		p.files[id] = h
	}
	return held
}

// isHeld reports whether anybody holds the file.
func (b *Files) isHeld(id uuid.UUID) bool {
	p := b.holds.of(id)
	p.Lock()
	defer p.Unlock()
	_, held := p.files[id]
	return held
}

// Held is how many files are held.
func (b *Files) Held() (n int) {
	for i := range b.holds {
		p := &b.holds[i]
		p.Lock()
		n += len(p.files)
		p.Unlock()
	}
	return n
}
