package resign

// Propose tries an attempt by itself, and keeps it for combinations.
func (s *Search[S]) Propose(a Attempt[S]) {
	if s.Spent() {
		return
	}
	alone := a.over(s.bases[0].at)
	if _, ok := s.tried[alone]; ok {
		return // changes nothing, or the same as another
	}
	s.attempts = append(s.attempts, a)
	kept := &s.attempts[len(s.attempts)-1]
	s.try(alone, "", kept)
}

// Combine tries the proposed attempts with the other readings, then two at a time.
func (s *Search[S]) Combine() {
	plain := s.bases[0]
	others := s.bases[1:]
	s.singles(others, true)
	s.addresses(plain)
	s.pairs(plain)
	for _, b := range others {
		if b.common {
			s.pairs(b)
		}
	}
	s.singles(others, false)
}

func (s *Search[S]) singles(bases []base, common bool) {
	for _, b := range bases {
		if b.common != common {
			continue
		}
		for i := range s.attempts {
			if s.Spent() {
				return
			}
			a := &s.attempts[i]
			s.try(a.over(b.at), b.reading, a)
		}
	}
}

// maxAddresses bounds the hosts, and the paths, that are tried with one another.
const maxAddresses = 24

// addresses tries every host with every path: a client that signs for another
// address often has both wrong.
func (s *Search[S]) addresses(b base) {
	var hosts, paths []*Attempt[S]
	for i := range s.attempts {
		a := &s.attempts[i]
		switch {
		case a.Mask == MaskOf(Host) && len(hosts) < maxAddresses:
			hosts = append(hosts, a)
		case a.Mask == MaskOf(Path) && len(paths) < maxAddresses:
			paths = append(paths, a)
		}
	}
	for _, h := range hosts {
		for _, p := range paths {
			if s.Spent() {
				return
			}
			s.try(p.over(h.over(b.at)), b.reading, h, p)
		}
	}
}

func (s *Search[S]) pairs(b base) {
	for i := range s.attempts {
		x := &s.attempts[i]
		if !x.Likely {
			continue
		}
		for j := range s.attempts[:i] {
			y := &s.attempts[j]
			if !y.Likely {
				continue
			}
			if s.Spent() {
				return
			}
			if p, ok := s.join(y, x, b.at); ok {
				s.try(p, b.reading, y, x)
			}
		}
	}
}

// join applies two attempts to a base. It reports false if both change the same
// thing; two entries of one list are not the same.
func (s *Search[S]) join(x, y *Attempt[S], p Point) (Point, bool) {
	shared := x.Mask & y.Mask
	if shared == 0 {
		return y.over(x.over(p)), true
	}
	if x.Edit == nil || y.Edit == nil || shared != MaskOf(x.Edit.Dim) || x.Edit.Dim != y.Edit.Dim ||
		x.Edit.List != y.Edit.List || x.Edit.At == y.Edit.At {
		return p, false
	}
	p = y.over(x.over(p))
	p[x.Edit.Dim] = s.Edited(*x.Edit, *y.Edit)
	return p, true
}
