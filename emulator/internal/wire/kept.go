package wire

import "bytes"

// maxHead is how much is kept of a request line and the headers behind it.
const maxHead = 8 << 10

// kept has what came of the latest two requests of a connection, up to the end of
// their headers, as it came: of the one that is being read or served, and of one
// that was sent behind it.
type kept struct {
	heads [2]keptHead
	begun int  // requests that began
	open  bool // the header of the last one goes on
}

type keptHead struct {
	number int // of its request, from 1
	data   []byte
	cut    bool // there was more
}

// begin is for the first byte of a request.
func (k *kept) begin() {
	k.begun++
	k.open = true
	h := k.last()
	h.number, h.data, h.cut = k.begun, h.data[:0], false
}

func (k *kept) last() *keptHead { return &k.heads[k.begun%len(k.heads)] }

// add keeps what came of the request that began last.
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

// end is for the last byte of a header.
func (k *kept) end() { k.open = false }

// get is what came of a request, by its number, in a copy; nothing where that is
// not known.
func (k *kept) get(number int) (data []byte, cut bool) {
	h := &k.heads[number%len(k.heads)]
	if h.number != number {
		return nil, false
	}
	return bytes.Clone(h.data), h.cut
}
