package signer

import (
	"iter"
	"math/bits"
	"net"
	"strings"
)

// Leniency is one way in which a request may be read that the plain reading
// does not allow, kept because clients in the field depend on it.
type Leniency struct {
	// ID names the row; ids do not change.
	ID string
	// Source is who needs it, or shows it.
	Source string
	// Means says in a sentence what is accepted.
	Means string
	// apply changes a reading; false: this row changes nothing here.
	apply func(how Reading, f *facts) (Reading, bool)
}

// leniencies is the one table of them, tried in this order after the plain
// reading: first each row alone, then every pair, and so on.
//
// The plain reading signs the host as it arrived. Where it arrived without a
// port, a signed port can only be guessed at: the two defaults, and the one
// this server listens on (choice 9).
//
// What is not here is refused. In particular a raw '+' in the path always means
// a space: the cloud was seen to sign it so (PicGo issue 638). And StringToSign
// holds q-sign-time, never a q-key-time that differs from it (choice 302).
func leniencies() []Leniency {
	return []Leniency{
		{
			ID:     "plus-literal",
			Source: "cos-cpp-sdk-v5 leaves a '+' of a parameter unescaped; Python's urlencode means a space by it",
			Means:  "a raw '+' in a query parameter is a plus, not a space",
			apply: func(how Reading, f *facts) (Reading, bool) {
				how.PlusLiteral = f.plus
				return how, f.plus
			},
		},
		{
			ID:     "host-no-port",
			Source: "cos-python-sdk-v5 signs urlparse().hostname",
			Means:  "the host was signed without the port it was sent with",
			apply:  func(how Reading, f *facts) (Reading, bool) { return how.withHost(f.hostBare) },
		},
		{
			ID:     "host-port-80",
			Source: "curl and browsers leave a default port out of Host; Go, Node.js and Java sign it where the endpoint has one",
			Means:  "the host was signed with the port :80 and sent without",
			apply:  func(how Reading, f *facts) (Reading, bool) { return how.withHost(f.host80) },
		},
		{
			ID:     "host-port-443",
			Source: "as host-port-80, over TLS",
			Means:  "the host was signed with the port :443 and sent without",
			apply:  func(how Reading, f *facts) (Reading, bool) { return how.withHost(f.host443) },
		},
		{
			ID:     "host-local-port",
			Source: "as host-port-80, where a port mapping or a proxy took the port away",
			Means:  "the host was signed with the port this server listens on and sent without",
			apply:  func(how Reading, f *facts) (Reading, bool) { return how.withHost(f.hostLocal) },
		},
		{
			ID:     "host-colon",
			Source: "picgo 3.1.0 signs host:port with the colon as it is, all others as %3A",
			Means:  "the colon before the port was signed without being encoded",
			apply:  Reading.withColon,
		},
		{
			ID:     "path-no-bucket",
			Source: "cos-nodejs-sdk-v5 and cos-js-sdk-v5 with a Domain of <address>/{Bucket} sign /key; the documents sign /bucket/key",
			Means:  "the path was signed without the bucket it was sent with",
			apply: func(how Reading, f *facts) (Reading, bool) {
				how.StripPrefix = f.prefix
				return how, f.prefix != ""
			},
		},
		{
			ID:     "token-in-query",
			Source: "qcloud-sdk-ios signs x-cos-security-token as a header and puts it into the URL alone",
			Means:  "the token was signed as a header and sent as a parameter",
			apply: func(how Reading, f *facts) (Reading, bool) {
				how.TokenFromQuery = f.tokenMoved
				return how, f.tokenMoved
			},
		},
	}
}

// Leniencies lists the readings that [Verify] accepts beside the plain one, in
// the order in which it tries them. The slice is the caller's.
func Leniencies() []Leniency {
	return leniencies()
}

// withColon leaves the host's colon as it is.
func (how Reading) withColon(f *facts) (Reading, bool) {
	host := f.host
	if how.Host != "" {
		host = how.Host
	}
	how.HostVerbatim = isPlainHost(host)
	return how, how.HostVerbatim
}

// withHost replaces the host that is signed; false: there is nothing to replace
// it by, or another row has.
func (how Reading) withHost(host string) (Reading, bool) {
	if host == "" || how.Host != "" {
		return how, false
	}
	how.Host = host
	return how, true
}

// facts are what the rows of the table ask about a request, found out once.
type facts struct {
	plus bool   // a raw '+' stands in the query
	host string // as it arrived; empty when it is not signed
	// The host as it may have been signed; empty where that cannot be.
	hostBare, host80, host443, hostLocal string
	prefix                               string // of the raw path; empty when there is none
	tokenMoved                           bool
}

func newFacts(r *Request, c *Claim, o *VerifyOptions) *facts {
	f := &facts{
		plus: len(c.ParamList) > 0 && strings.IndexByte(r.Query, '+') >= 0,
	}
	listed := newNameSet(c.HeaderList)
	if _, ok := listed.find("host"); ok && r.Host != "" {
		f.host = r.Host
		if host, port, err := net.SplitHostPort(r.Host); err == nil && port != "" {
			f.hostBare = host
		} else {
			f.host80, f.host443 = r.Host+":80", r.Host+":443"
			if o.LocalPort != "" {
				f.hostLocal = r.Host + ":" + o.LocalPort
			}
		}
	}
	if _, ok := listed.find(TokenName); ok {
		f.tokenMoved = c.TokenCarrier == CarrierQuery
	}
	if hasPathPrefix(r.Path, o.PathPrefix) {
		f.prefix = o.PathPrefix
	}
	return f
}

// isPlainHost reports whether a host is a name or an IP address, and a port of
// digits. Only such a host may be signed without being encoded: a '&' in it
// would pass for the end of the host and the beginning of another header.
func isPlainHost(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil || name == "" || port == "" || strings.Trim(port, "0123456789") != "" {
		return false
	}
	if strings.IndexByte(name, ':') >= 0 {
		return net.ParseIP(name) != nil
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// hasPathPrefix reports whether prefix is one or more whole segments at the
// front of path.
func hasPathPrefix(path, prefix string) bool {
	if prefix == "" || prefix == "/" || !strings.HasPrefix(path, prefix) {
		return false
	}
	return len(path) == len(prefix) || path[len(prefix)] == '/'
}

// Readings are the plain reading, under the id "", and then all those that
// [Verify] would try after it, in its order. A diagnosis walks them to find out
// whether a mistake explains a signature in company with a leniency.
func Readings(req *Request, c *Claim, o VerifyOptions) iter.Seq2[string, Reading] {
	return func(yield func(string, Reading) bool) {
		if !yield("", Reading{}) {
			return
		}
		eachReading(newFacts(req, c, &o), func(how Reading, rows uint) bool {
			return !yield(readingID(rows), how)
		})
	}
}

// eachReading calls try with every reading but the plain one that differs from
// it here, single rows first, until try says that it is content. The id of a
// combination is those of its rows joined by '+'.
func eachReading(f *facts, try func(how Reading, rows uint) bool) {
	// Whether a row can apply does not depend on the others, but for host-colon:
	// leave out what cannot before counting through the rest.
	possible, table := uint(0), leniencies()
	for i := range table {
		if _, ok := applyRows(table, f, 1<<i); ok || table[i].ID == "host-colon" {
			possible |= 1 << i
		}
	}
	for n := 1; n <= bits.OnesCount(possible); n++ {
		for rows := uint(1); rows <= possible; rows++ {
			if rows&^possible != 0 || bits.OnesCount(rows) != n {
				continue
			}
			if how, ok := applyRows(table, f, rows); ok && try(how, rows) {
				return
			}
		}
	}
}

// applyRows is the reading that a set of rows makes together; false: one of
// them has no part in it.
func applyRows(table []Leniency, f *facts, rows uint) (Reading, bool) {
	var how Reading
	for i := range table {
		if rows&(1<<i) == 0 {
			continue
		}
		var ok bool
		if how, ok = table[i].apply(how, f); !ok {
			return how, false
		}
	}
	return how, true
}

func readingID(rows uint) string {
	id := ""
	for i, l := range leniencies() {
		if rows&(1<<i) != 0 {
			if id != "" {
				id += "+"
			}
			id += l.ID
		}
	}
	return id
}
