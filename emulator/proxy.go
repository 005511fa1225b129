package emulator

import (
	"net"
	"net/http"

	"github.com/cosemu/cosemu/emulator/addr"
	"github.com/cosemu/cosemu/emulator/coserr"
	"github.com/cosemu/cosemu/signer"
)

// serves tells whether a host that a proxy was asked for is the emulator's.
// One on its own port is, under whatever name.
func (e *Emulator) serves(host string) bool {
	_, port, err := net.SplitHostPort(host)
	return e.resolver.Knows(host) || err == nil && port == e.port
}

// serveForeign refuses what asks for a proxy: nothing is ever forwarded, and
// https through the proxy (CONNECT) is not supported.
func (e *Emulator) serveForeign(w http.ResponseWriter, r *http.Request) {
	c := e.begin(r, signer.ReadRequest(r))
	c.addr, c.op = addr.Address{}, &operation{scope: scopeService, method: r.Method}
	message := "cosemu forwards nothing: " + c.req.Host + " is none of its hosts."
	if r.Method == http.MethodConnect {
		message = "cosemu does not support CONNECT, so no https through it as a proxy; use http."
	}
	c.check("proxy")
	rep := c.refusal(coserr.New(coserr.NotImplemented).WithMessage(message))
	c.sent = e.answer(w, c, rep)
	e.record(w.Header(), c, rep)
}
