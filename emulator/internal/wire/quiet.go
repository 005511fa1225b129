package wire

import "sync"

// quiet are the connections of a server, TLS or tunnels, on which no byte of a
// request came yet. A shutdown ends them: net/http gives a new connection five
// seconds more for its first request, and a browser keeps a spare one or two.
type quiet struct {
	mu    sync.Mutex
	conns map[*secureConn]struct{}
	over  bool
}

func newQuiet() *quiet { return &quiet{conns: map[*secureConn]struct{}{}} }

func (q *quiet) add(s *secureConn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.over {
		q.conns[s] = struct{}{}
	}
}

func (q *quiet) remove(s *secureConn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.conns, s)
}

// end closes them all.
func (q *quiet) end() {
	q.mu.Lock()
	conns := q.conns
	q.conns, q.over = nil, true
	q.mu.Unlock()
	for s := range conns {
		_ = s.top().Close() // its reader sees the end
	}
}
