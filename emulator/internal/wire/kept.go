package wire

import "bytes"

// maxHead is how much of a request line and its headers is recorded, in bytes.
const maxHead = 8 << 10

// kept has the beginning of the last two requests of a connection, up to the end of their headers:
// the current request, and one that was sent after it.
type kept struct {
	heads [2]keptHead
	begun int  // the number of requests that began
	open  bool // the headers of the last request have not ended
}

type keptHead struct {
	number int // the number of the request, from 1
	data   []byte
	cut    bool // not all of it is recorded
}

// begin is called at the first byte of a request.
func (k *kept) begin() {
	k.begun++
	k.open = true
	h := k.last()
	h.number, h.data, h.cut = k.begun, h.data[:0], false
}

func (k *kept) last() *keptHead { return &k.heads[k.begun%len(k.heads)] }

// add records bytes of the last request.
func (k *kept) add(b []byte) {
	if !k.open {
		return
	}
	h := k.last()
	room := maxHead - len(h.data)
	if len(b) > room {
		b, h.cut = b[:room], true
	}
	h.data = append(h.data, b...)
}

// end is called at the last byte of the headers.
func (k *kept) end() { k.open = false }

// get returns a copy of the beginning of a request, by its number, or nothing where that is not
// known.
func (k *kept) get(number int) (data []byte, cut bool) {
	h := &k.heads[number%len(k.heads)]
	if h.number != number {
		return nil, false
	}
	return bytes.Clone(h.data), h.cut
}
