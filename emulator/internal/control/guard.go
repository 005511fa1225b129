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
	// maxBody bounds the body of a call.
	maxBody = 1 << 20
	// answerTimeout bounds how long a client may take to receive an answer.
	// A call that answers slowly on purpose sets a deadline of its own.
	answerTimeout = 30 * time.Second
	jsonType      = "application/json"
)

// guard stands before every call, present or later.
type guard struct {
	next  http.Handler
	early early.Server
	hosts hostNames
	// origin refuses writes that a browser sends for a page of another origin
	// (Sec-Fetch-Site, else Origin against Host).
	origin *http.CrossOriginProtection
}

func newGuard(o Options, next http.Handler) *guard {
	return &guard{next: next, hosts: newHostNames(o), origin: http.NewCrossOriginProtection()}
}

// ServeHTTP lets a request pass or answers it with a problem, whether its body
// has come or not.
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
	case !g.hosts.include(r):
		problem(w, http.StatusMisdirectedRequest, "this listener does not answer to the host name in the request; "+
			"name it with --console-hosts if it is yours")
	case g.origin.Check(r) != nil:
		problem(w, http.StatusForbidden, "a write sent by a page of another origin is refused")
	case !bodyIsJSON(r):
		problem(w, http.StatusUnsupportedMediaType, "send the body as Content-Type: application/json")
	case r.ContentLength > maxBody: // it need not come first
		problem(w, http.StatusRequestEntityTooLarge, "a body may have "+strconv.Itoa(maxBody)+" bytes")
	default:
		if r.Header.Get("Content-Type") != "" {
			r.Header.Set("Content-Type", jsonType) // in the one spelling that is looked for
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		g.next.ServeHTTP(w, r)
	}
}

// bodyIsJSON tells whether a body, if there is one, calls itself JSON. A form
// of a web page cannot do that, so not even an empty one gets through.
func bodyIsJSON(r *http.Request) bool {
	ct := r.Header.Get("Content-Type")
	if ct == "" {
		return r.ContentLength == 0
	}
	media, _, err := mime.ParseMediaType(ct)
	return err == nil && media == jsonType
}

// hostNames are the names that the listener answers to. A page whose name was
// made to resolve here (DNS rebinding) is of our origin to its browser; the
// name in Host gives it away.
type hostNames struct {
	names []string
	// anyIP lets every address literal pass, for a listener on all addresses:
	// an address needs no resolving, so it cannot be rebound.
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

// include tells whether the request names a host of ours. The port does not
// matter: a published container port is another than ours.
func (h hostNames) include(r *http.Request) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = normalHost(host)
	if slices.Contains(h.names, host) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && (h.anyIP || ip.IsLoopback())
}

func normalHost(s string) string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	return strings.ToLower(strings.TrimSuffix(s, "."))
}

// problem answers with an RFC 9457 problem, the form of all errors here.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(&huma.ErrorModel{ // the client may be gone
		Status: status, Title: http.StatusText(status), Detail: detail,
	})
}

// notFound answers what no call matches: 405 when the path has other methods.
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
			problem(w, http.StatusNotFound, "there is no such call; "+apiPath+"/openapi.json lists them")
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		problem(w, http.StatusMethodNotAllowed, "this path takes "+strings.Join(allowed, ", "))
	})
}
