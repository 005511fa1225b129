package api

import (
	"errors"
	"net"
	"net/http"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/wire"
	"github.com/cosemu/cosemu/signer"
)

// serveForeign refuses what asks for a proxy to somebody else's host: nothing
// is ever forwarded.
func (e *Emulator) serveForeign(w http.ResponseWriter, r *http.Request) {
	e.refuseProxy(w, r, coserr.New(coserr.NotImplemented).
		WithMessage("cosemu forwards nothing: "+r.URL.Host+" is none of its hosts; name it in NO_PROXY."))
}

// refuseProxy answers a request for a proxy with an error. After a CONNECT the
// client cannot tell where the next request begins, so its connection ends.
func (e *Emulator) refuseProxy(w http.ResponseWriter, r *http.Request, err *coserr.Error) {
	req := signer.ReadRequest(r)
	if r.Method == http.MethodConnect {
		req.Path = "" // its target is the host, which the entry has
	}
	c := e.judge.ArriveAside(r, req, "", "")
	c.Check("proxy")
	rep := c.Refusal(err)
	if r.Method == http.MethodConnect {
		rep.Add("Connection", "close")
	}
	c.Out.Sent = answer(w, &e.env, c, rep)
	e.records.Record(w.Header(), c, rep)
}

// serveConnect lets a client speak TLS to a host of ours, or plain HTTP: what
// it sends in the tunnel is served as if it had been sent there. Only what comes
// out of it stands in the journal.
func (e *Emulator) serveConnect(w http.ResponseWriter, r *http.Request) {
	target, err := connectTarget(r)
	if err != nil {
		e.refuseProxy(w, r, coserr.New(coserr.InvalidRequest).WithMessage("Invalid Request: "+err.Error()+"."))
		return
	}
	if !e.judge.Serves(target) {
		e.serveForeign(w, r)
		return
	}
	err = wire.Tunnel(w, r, target, e.tls)
	switch {
	case err == nil:
		e.log.Debug("tunnel", "target", target, "client", r.RemoteAddr)
	case errors.Is(err, wire.ErrNested):
		e.refuseProxy(w, r, coserr.New(coserr.NotImplemented).WithMessage("cosemu opens no tunnel inside a tunnel."))
	case errors.Is(err, wire.ErrNoTunnel):
		e.refuseProxy(w, r, coserr.New(coserr.NotImplemented).WithMessage("this server opens no tunnels; use http."))
	default:
		e.log.Debug("tunnel failed", "target", target, "client", r.RemoteAddr, "error", err)
	}
}

// connectTarget is the host:port that a CONNECT asks for (RFC 9110, 9.3.6).
func connectTarget(r *http.Request) (string, error) {
	host, port, err := net.SplitHostPort(r.URL.Host)
	switch {
	case r.URL.Path != "" || r.URL.User != nil || r.URL.RawQuery != "" || r.URL.Host == "":
		return "", errors.New("CONNECT takes host:port and nothing else")
	case err != nil || host == "":
		return "", errors.New("CONNECT takes host:port, such as examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com:443")
	case r.ContentLength != 0:
		return "", errors.New("CONNECT has no body")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", errors.New("CONNECT: the port is no number from 1 to 65535")
	}
	return r.URL.Host, nil
}
