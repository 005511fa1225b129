package wire

import "sync"

// quiet has the connections, TLS or tunnels, that have not received a request yet. A shutdown
// closes them, since net/http gives each new connection five more seconds for its first request,
// and browsers keep one or two spare connections.
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
