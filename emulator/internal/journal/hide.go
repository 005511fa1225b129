package journal

import "slices"

// Hide takes the entries of an account out of the journal, or all of them where account is empty,
// and keeps them for Restore. Entries that were hidden before are dropped. It returns how many it
// took. What is hidden counts towards the limits of the journal, and is dropped first (choice 791).
func (j *Journal) Hide(account string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.hidden, j.hiddenBytes = nil, 0
	for i := range j.count {
		e := j.at(i)
		if e == nil || account != "" && e.Account != account {
			continue
		}
		j.hidden = append(j.hidden, e)
		j.hiddenBytes += e.bytes
		j.bytes -= e.bytes
		j.ring[(j.first+i)%len(j.ring)] = nil
	}
	for j.count > 0 && j.at(0) == nil {
		j.dropOldest()
	}
	j.clears++
	j.wake()
	return len(j.hidden)
}

// Restore puts hidden entries back in their place: those of an account, or all of them where
// account is empty. It returns how many it put back.
func (j *Journal) Restore(account string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	var back []*Entry
	j.hidden = slices.DeleteFunc(j.hidden, func(e *Entry) bool {
		mine := account == "" || e.Account == account
		if mine {
			back = append(back, e)
			j.hiddenBytes -= e.bytes
			j.bytes += e.bytes
		}
		return mine
	})
	if len(back) == 0 {
		return 0
	}
	oldest := back[0].Seq
	if j.count > 0 {
		oldest = min(oldest, j.oldest())
	}
	oldest = max(oldest, j.seq+1-min(j.seq, uint64(j.max))) // as many as the ring has places
	ring := make([]*Entry, j.seq-oldest+1)
	for i := range j.count {
		if e := j.at(i); e != nil {
			ring[e.Seq-oldest] = e
		}
	}
	restored := 0
	for _, e := range back {
		if e.Seq < oldest {
			j.bytes -= e.bytes
			continue
		}
		ring[e.Seq-oldest] = e
		restored++
	}
	j.ring, j.first, j.count = ring, 0, len(ring)
	j.clears++
	j.wake()
	return restored
}

// dropHidden makes room for an entry of n bytes, and drops what is hidden where that is needed.
func (j *Journal) dropHidden(n int64) {
	for len(j.hidden) > 0 && (j.count+len(j.hidden) >= j.max || j.bytes+j.hiddenBytes+n > j.cap) {
		j.hiddenBytes -= j.hidden[0].bytes
		j.hidden[0] = nil
		j.hidden = j.hidden[1:]
	}
}

// forgetHidden drops the hidden entries of an account.
func (j *Journal) forgetHidden(account string) {
	j.hidden = slices.DeleteFunc(j.hidden, func(e *Entry) bool {
		if e.Account == account {
			j.hiddenBytes -= e.bytes
		}
		return e.Account == account
	})
}
