package signer

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/signer/internal/show"
)

// TokenName is the header, or query parameter, in which a temporary key's token
// travels.
const TokenName = "x-cos-security-token"

// shortTokenName is what one Android call names the parameter.
const shortTokenName = "token"

// Request is a signed request as it arrived: split, and nothing more. No byte
// is decoded, cleaned or dropped, because the signature was made over what the
// client meant and only the raw target still says what that was.
type Request struct {
	Method string
	// Path is the raw path of the target, up to the first '?'; at least "/".
	Path string
	// Query is what follows the first '?', raw.
	Query string
	// Params is Query split at '&', in order; empty pieces are left out.
	Params []Param
	// Host is the Host header as it arrived, its port included.
	Host string
	// Header is shared with the http.Request that was read, not copied.
	Header http.Header
	// TransferEncoding stands for the header of that name, which net/http
	// takes out of the others.
	TransferEncoding []string
}

// Param is one piece of a query, raw.
type Param struct {
	Name, Value string
	// HasValue tells "acl=" from "acl".
	HasValue bool
}

// DecodedName is the name, percent-decoded; a '+' stays.
func (p Param) DecodedName() string { return Decode(p.Name) }

// DecodedValue is the value, percent-decoded; a '+' stays.
func (p Param) DecodedValue() string { return Decode(p.Value) }

// ReadRequest splits the target of r as it stood on the request line, in origin
// form or, as a proxy's client sends it, in absolute form. It does not read the
// body.
func ReadRequest(r *http.Request) *Request {
	target := r.RequestURI
	if target == "" && r.URL != nil { // a request that was made, not received
		target = r.URL.RequestURI()
	}
	req := &Request{
		Method:           r.Method,
		Host:             r.Host,
		Header:           r.Header,
		TransferEncoding: r.TransferEncoding,
	}
	if req.Host == "" && r.URL != nil {
		req.Host = r.URL.Host
	}
	if !strings.HasPrefix(target, "/") {
		if _, rest, ok := cutAuthority(target); ok {
			target = rest
		}
	}
	req.setTarget(target)
	return req
}

// NewRequest makes a Request of a URL as text, for judging it without sending
// it. Bytes that no client would put on the wire, such as raw spaces, may stand
// in it; a fragment is cut off. The host is that of h's Host header if it has
// one, else the URL's.
func NewRequest(method, rawURL string, h http.Header) (*Request, error) {
	rawURL, _, _ = strings.Cut(rawURL, "#")
	host, target := "", rawURL
	if !strings.HasPrefix(rawURL, "/") {
		var ok bool
		if host, target, ok = cutAuthority(rawURL); !ok {
			return nil, errors.New("signer: the URL has no scheme, such as https://")
		}
	}
	if method == "" {
		return nil, errors.New("signer: no method given")
	}
	h = canonicalHeader(h)
	req := &Request{Method: method, Host: host, Header: h, TransferEncoding: h["Transfer-Encoding"]}
	if v := h["Host"]; len(v) > 0 {
		req.Host = v[0]
	}
	if req.Host == "" {
		return nil, errors.New("signer: the URL names no host")
	}
	req.setTarget(target)
	return req, nil
}

// Target is the request's target in origin form, as it arrived.
func (r *Request) Target() string {
	if r.Query == "" {
		return r.Path
	}
	return r.Path + "?" + r.Query
}

// Param finds the first parameter whose decoded name is name, in any case.
func (r *Request) Param(name string) (Param, bool) {
	for _, p := range r.Params {
		if equalFold(p.Name, name) {
			return p, true
		}
		if strings.IndexByte(p.Name, '%') >= 0 && equalFold(p.DecodedName(), name) {
			return p, true
		}
	}
	return Param{}, false
}

// setTarget splits a target in origin form.
func (r *Request) setTarget(target string) {
	r.Path, r.Query, _ = strings.Cut(target, "?")
	if r.Path == "" {
		r.Path = "/"
	}
	r.Params = splitQuery(r.Query)
}

func splitQuery(query string) []Param {
	if query == "" {
		return nil
	}
	params := make([]Param, 0, strings.Count(query, "&")+1)
	for query != "" {
		piece := query
		if i := strings.IndexByte(query, '&'); i >= 0 {
			piece, query = query[:i], query[i+1:]
		} else {
			query = ""
		}
		switch i := strings.IndexByte(piece, '='); {
		case piece == "":
		case i < 0:
			params = append(params, Param{Name: piece})
		default:
			params = append(params, Param{piece[:i], piece[i+1:], true})
		}
	}
	return params
}

// cutAuthority splits "scheme://authority/path?query" into the authority,
// without user information, and the rest.
func cutAuthority(u string) (host, rest string, ok bool) {
	scheme, rest, ok := strings.Cut(u, "://")
	if !ok || scheme == "" || strings.ContainsAny(scheme, "/?") {
		return "", u, false
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, rest = rest[:end], rest[end:]
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	return host, rest, true
}

// canonicalHeader is h with its names as net/http writes them: those of a
// header made by hand may not be.
func canonicalHeader(h http.Header) http.Header {
	for name := range h {
		if http.CanonicalHeaderKey(name) != name {
			clean := make(http.Header, len(h))
			for name, values := range h {
				name = http.CanonicalHeaderKey(name)
				clean[name] = append(clean[name], values...)
			}
			return clean
		}
	}
	return h
}

// MaskedQuery is the raw query with the value of a temporary key's token left
// out, for logs.
func (r *Request) MaskedQuery() string {
	masked := false
	pieces := make([]string, len(r.Params))
	for i, p := range r.Params {
		pieces[i] = p.String()
		masked = masked || p.isToken()
	}
	if !masked {
		return r.Query
	}
	return strings.Join(pieces, "&")
}

// String is the parameter as it stood in the query; a token's value is masked.
func (p Param) String() string {
	switch {
	case !p.HasValue:
		return p.Name
	case p.isToken():
		return p.Name + "=" + show.Hidden
	default:
		return p.Name + "=" + p.Value
	}
}

// Format writes [Param.String] whatever the verb, so that no verb shows a token.
func (p Param) Format(f fmt.State, _ rune) { writeState(f, p.String()) }

// MarshalText is what JSON and structured logs show: as [Param.String].
func (p Param) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

func (p Param) isToken() bool {
	name := p.DecodedName()
	return equalFold(name, TokenName) || equalFold(name, shortTokenName) || equalFold(name, awsToken)
}

// String names the request by method, host and path. Query and headers are left
// out, because a token may stand in them.
func (r Request) String() string {
	return r.Method + " " + r.Host + r.Path
}

// Format writes [Request.String] whatever the verb, so that no verb shows a
// token.
func (r Request) Format(f fmt.State, _ rune) { writeState(f, r.String()) }

// MarshalText is what JSON and structured logs show: as [Request.String].
func (r Request) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
