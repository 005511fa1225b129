package control

import (
	"encoding/json"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/early"
	"github.com/danielgtaylor/huma/v2"
)

const (
	// maxBody is the largest body of a call, in bytes.
	maxBody = 1 << 20
	// answerTimeout is the time a client has to receive an answer. A call that takes longer on
	// purpose sets its own deadline.
	answerTimeout = 30 * time.Second
	jsonType      = "application/json"
)

// guard checks each request before any call handles it.
type guard struct {
	next  http.Handler
	early early.Server
	hosts hostNames
	admit *admission
	tls   bool // see Options
	// origin refuses writes that a browser sends for a page of another origin. It compares
	// Sec-Fetch-Site, or else Origin with Host.
	origin *http.CrossOriginProtection
}

func newGuard(o Options, admit *admission, next http.Handler) *guard {
	return &guard{next: next, hosts: newHostNames(o), admit: admit, tls: o.TLS, origin: http.NewCrossOriginProtection()}
}

// ServeHTTP passes a request on or answers it with a problem. It does not wait for the body.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.early.ServeClosing(w, r, g.serve)
}

func (g *guard) serve(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("X-Frame-Options", "DENY")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	extendDeadline(w, 0)

	switch {
	case g.tls && r.TLS == nil && !fromLoopback(r):
		problem(w, http.StatusForbidden, "this listener speaks TLS; use https")
	case !g.hosts.include(r):
		problem(w, http.StatusMisdirectedRequest, "this listener does not answer to the host name in the request; "+
			"name it with --console-hosts or COSEMU_CONSOLE_HOSTS if it is yours")
	case g.origin.Check(r) != nil:
		problem(w, http.StatusForbidden, "pages of another origin may not write")
	case !g.admit.admits(r):
		head.Set("WWW-Authenticate", `Bearer realm="cosemu"`)
		problem(w, http.StatusUnauthorized, "this server has a control token: send it as Authorization: Bearer TOKEN; "+
			"the commands of cosemu read it from COSEMU_CONTROL_TOKEN or --control-token")
	case strings.HasPrefix(r.URL.Path, cosPath): // takes what the COS API takes; see cosWriteInput
		g.next.ServeHTTP(w, r)
	case r.URL.Path == snapshotPath && r.Method == http.MethodPost && bodyIs(r, snapshotType): // of any size
		g.next.ServeHTTP(w, r)
	case !bodyIsJSON(r):
		problem(w, http.StatusUnsupportedMediaType, "send the body as Content-Type: application/json")
	case r.ContentLength > maxBody: // refused before the body is read
		problem(w, http.StatusRequestEntityTooLarge, "a body may have at most "+strconv.Itoa(maxBody)+" bytes")
	default:
		if r.Header.Get("Content-Type") != "" {
			r.Header.Set("Content-Type", jsonType) // huma knows this spelling only
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		g.next.ServeHTTP(w, r)
	}
}

// fromLoopback reports whether a request comes from this machine.
func fromLoopback(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

// bodyIsJSON reports whether the Content-Type is JSON, or absent together with the body. Forms of
// web pages cannot send JSON, so none of them passes, even with an empty body.
func bodyIsJSON(r *http.Request) bool {
	ct := r.Header.Get("Content-Type")
	if ct == "" {
		return r.ContentLength == 0
	}
	media, _, err := mime.ParseMediaType(ct)
	return err == nil && media == jsonType
}

// bodyIs reports whether the Content-Type is a type that forms of web pages cannot send.
func bodyIs(r *http.Request, want string) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == want
}

// hostNames are the names that the listener answers to. They stop DNS rebinding: a foreign page
// whose name resolves to this listener has our origin in its browser, but the foreign name in Host.
type hostNames struct {
	names []string
	// anyIP accepts each IP address, for a listener on all addresses. An address needs no DNS, so
	// it cannot be rebound.
	anyIP bool
}

func newHostNames(o Options) hostNames {
	h := hostNames{names: []string{"localhost"}}
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		host = o.Listen
	}
	ip, err := netip.ParseAddr(host)
	h.anyIP = host == "" || (err == nil && ip.IsUnspecified())
	for _, n := range append([]string{host}, o.Hosts...) {
		if n != "" {
			h.names = append(h.names, normalHost(n))
		}
	}
	return h
}

// include reports whether the request's host is one of the names. It ignores the port, since the
// published port of a container differs from ours.
func (h hostNames) include(r *http.Request) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = normalHost(host)
	if slices.Contains(h.names, host) {
		return true
	}
	if _, domain, ok := strings.Cut(host, "."); ok && slices.Contains(h.names, "*."+domain) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && (h.anyIP || ip.IsLoopback())
}

func normalHost(s string) string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	return strings.ToLower(strings.TrimSuffix(s, "."))
}

// problem answers with an RFC 9457 problem, the form of all errors of this listener.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(&huma.ErrorModel{ // the client may be gone
		Status: status, Title: http.StatusText(status), Detail: detail,
	})
}

// notFound answers requests that match no call: 405 where the path has other methods, else 404.
func notFound(mux *http.ServeMux) http.Handler {
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, m := range methods {
			probe := &http.Request{Method: m, URL: r.URL, Host: r.Host}
			if _, pattern := mux.Handler(probe); pattern != "/" {
				allowed = append(allowed, m)
			}
		}
		if len(allowed) == 0 {
			problem(w, http.StatusNotFound, "there is no such call; "+apiPath+"/openapi.json lists all calls")
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		problem(w, http.StatusMethodNotAllowed, "this path takes the methods "+strings.Join(allowed, ", "))
	})
}
