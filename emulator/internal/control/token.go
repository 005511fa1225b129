package control

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// admission knows who may use the listener. The zero value admits everybody.
type admission struct {
	token string
	// session is the value of the console's cookie. It is made of the token and this process, so
	// that it opens nothing else and ends with the process.
	session string
}

func newAdmission(token, instance string) admission {
	if token == "" {
		return admission{}
	}
	h := hmac.New(sha256.New, []byte(token))
	h.Write([]byte("cosemu console " + instance)) // never fails
	return admission{token: token, session: hex.EncodeToString(h.Sum(nil))}
}

// admits reports whether a request may pass.
func (a *admission) admits(r *http.Request) bool {
	if a.token == "" || isOpen(r.URL.Path) {
		return true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && same(strings.TrimSpace(token), a.token) {
		return true
	}
	for _, c := range r.CookiesNamed(cookieName(r)) {
		if same(c.Value, a.session) {
			return true
		}
	}
	return false
}

// isOpen reports whether a path needs no token: the health, the certificate that TLS shows anyway,
// and the files of the console, which asks for the token (choice 739), and of the page of the API.
func isOpen(path string) bool {
	return path == "/healthz" || path == caPath || path == "/" ||
		path == docsPath || strings.HasPrefix(path, docsPath+"/") || strings.HasPrefix(path, assetsPath) || strings.HasPrefix(path, "/requests/")
}

// same compares in a time that does not depend on where two texts differ.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// cookieName differs from that of another cosemu on the same host, since browsers send cookies to
// every port.
func cookieName(r *http.Request) string {
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		port = "default"
	}
	return "cosemu-console-" + port
}

// tokenCalls open a session for the console. A page cannot send headers with a link, a picture or an
// event stream.
type tokenCalls struct{ *shared }

type sessionInput struct{ request *http.Request }

// Resolve notes the request.
func (in *sessionInput) Resolve(ctx huma.Context) []error {
	in.request, _ = humago.Unwrap(ctx)
	return nil
}

type sessionOutput struct {
	Cookie string `header:"Set-Cookie"`
}

func (c *tokenCalls) register(api huma.API) {
	op := c.operation("open-session", http.MethodPost, "/session",
		"Open a session of the web console, for a browser", http.StatusNoContent)
	op.Description = "With the setting control_token every call needs the header Authorization: Bearer TOKEN. This one " +
		"returns a cookie that can stand in its place until the server restarts."
	huma.Register(api, op, func(_ context.Context, in *sessionInput) (*sessionOutput, error) {
		out := &sessionOutput{}
		if c.admission.token != "" {
			// The path keeps it from the objects of a COS API on the same host.
			cookie := http.Cookie{
				Name: cookieName(in.request), Value: c.admission.session, Path: apiPath + "/",
				HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: in.request.TLS != nil,
			}
			out.Cookie = cookie.String()
		}
		return out, nil
	})
}
