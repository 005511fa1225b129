package signer

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"slices"
	"strings"
)

const hexSumLen = 2 * sha256.Size

// aws4Key is the signing key of AWS4: good for one key pair, day, region and
// service. Printed, it shows nothing.
type aws4Key struct {
	sum [sha256.Size]byte
}

func newAWS4Key(secretKey string, s *AWSScope) aws4Key {
	var room [128]byte
	first := append(append(room[:0], "AWS4"...), secretKey...)
	sum := hmacSHA256(first, s.Date)
	sum = hmacSHA256(sum[:], s.Region)
	sum = hmacSHA256(sum[:], s.Service)
	return aws4Key{hmacSHA256(sum[:], aws4End)}
}

// sign writes the signature of text into dst.
func (k *aws4Key) sign(dst *[hexSumLen]byte, text []byte) {
	sum := hmacSHA256(k.sum[:], text)
	hex.Encode(dst[:], sum[:])
}

// match reports whether signature is the one of text, in lower-case hex, in a
// time that does not tell where the two differ.
func (k *aws4Key) match(text []byte, signature string) bool {
	var want, got [hexSumLen]byte
	k.sign(&want, text)
	return copy(got[:], signature) == len(signature) &&
		len(signature) == hexSumLen && subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// verifyAWS4 judges a request signed by AWS4. Its only leniency is a default
// port that was signed and not sent (choice 607).
func verifyAWS4(req *Request, c *Claim, secretKey string, o *VerifyOptions) Result {
	var room [1536]byte
	text := appendCanonicalRequest(room[:0], req, c, req.Host)
	n := len(text)
	text = appendAWS4StringToSign(text, c, text)
	both := string(text)
	res := Result{HttpString: both[:n], StringToSign: both[n:]}
	if !c.AWS.sound || c.Algorithm != AlgorithmAWS4 {
		return res
	}
	key := newAWS4Key(secretKey, &c.AWS.Scope)
	if key.match(text[n:], c.Signature) {
		res.OK = true
		return res
	}
	if _, port, err := net.SplitHostPort(req.Host); req.Host == "" || err == nil && port != "" {
		return res
	}
	for _, l := range [...]struct{ id, port string }{{"host-port-80", ":80"}, {"host-port-443", ":443"}} {
		how := Reading{Host: req.Host + l.port}
		text = appendCanonicalRequest(text[:0], req, c, how.Host)
		n = len(text)
		text = appendAWS4StringToSign(text, c, text)
		if key.match(text[n:], c.Signature) && o.allows(how) {
			both = string(text)
			return Result{OK: true, HttpString: both[:n], StringToSign: both[n:], Reading: l.id}
		}
	}
	return res
}

// appendAWS4StringToSign appends what is signed for a canonical request.
func appendAWS4StringToSign(dst []byte, c *Claim, canonical []byte) []byte {
	sum := sha256.Sum256(canonical)
	dst = append(dst, AlgorithmAWS4+"\n"...)
	dst = append(dst, c.AWS.Date...)
	dst = append(dst, '\n')
	dst = append(dst, c.AWS.Scope.Raw...)
	dst = append(dst, '\n')
	return hex.AppendEncode(dst, sum[:])
}

// appendCanonicalRequest appends the text whose SHA-256 AWS4 signs. The path is
// encoded once and not normalised, as S3 alone has it.
func appendCanonicalRequest(dst []byte, req *Request, c *Claim, host string) []byte {
	dst = append(dst, req.Method...)
	dst = append(dst, '\n')
	dst = append(dst, canonicalPath(req.Path)...)
	dst = append(dst, '\n')
	dst = appendCanonicalQuery(dst, req, c)
	dst = append(dst, '\n')
	dst = appendCanonicalHeaders(dst, req, c, host)
	dst = append(dst, '\n')
	for i, name := range c.HeaderList {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, name...)
	}
	dst = append(dst, '\n')
	return append(dst, c.AWS.PayloadHash...)
}

// canonicalPath is the path decoded and encoded again, slashes left alone; a
// '+' is itself (choice 608).
func canonicalPath(raw string) string {
	if isCanonical(raw, '/') {
		return raw
	}
	return EncodePath(Decode(raw))
}

// canonicalParam is the same for a name or value in the query, where a '+' is a
// space.
func canonicalParam(raw string) string {
	if isCanonical(raw, '-') {
		return raw
	}
	return Encode(DecodeForm(raw))
}

// isCanonical reports whether a text is encoded as Encode does it, with the
// byte also left alone. Texts of the SDKs are, and are signed as they stand.
func isCanonical(s string, also byte) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if unreserved(c) || c == also {
			continue
		}
		if c != '%' || i+2 >= len(s) {
			return false
		}
		hi, lo := unhex(s[i+1]), unhex(s[i+2])
		if hi == notHex || lo == notHex || s[i+1] >= 'a' || s[i+2] >= 'a' {
			return false
		}
		if b := hi<<4 | lo; unreserved(b) || b == also {
			return false
		}
		i += 2
	}
	return true
}

// appendCanonicalQuery appends all parameters but the signature in a query, in
// order by encoded name, then value.
func appendCanonicalQuery(dst []byte, req *Request, c *Claim) []byte {
	var room [16]Pair
	list := room[:0]
	for i := range req.Params {
		p := &req.Params[i]
		pair := Pair{Key: canonicalParam(p.Name), Value: canonicalParam(p.Value)}
		if c.Carrier == CarrierQuery && equalFold(pair.Key, "X-Amz-Signature") {
			continue
		}
		list = append(list, pair)
	}
	sortPairs(list)
	for i := range list {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, list[i].Key...)
		dst = append(dst, '=')
		dst = append(dst, list[i].Value...)
	}
	return dst
}

// appendCanonicalHeaders appends a line for each signed header. One that did not
// arrive is signed as empty (choice 605).
func appendCanonicalHeaders(dst []byte, req *Request, c *Claim, host string) []byte {
	var room [16][]string
	values := room[:]
	if len(c.HeaderList) > len(values) {
		values = make([][]string, len(c.HeaderList))
	}
	for k, v := range req.Header {
		if i, ok := findFold(c.HeaderList, k); ok {
			values[i] = v
		}
	}
	for i, name := range c.HeaderList {
		dst = append(dst, name...)
		dst = append(dst, ':')
		switch {
		case name == "host":
			dst = append(dst, host...)
		case name == "transfer-encoding" && len(req.TransferEncoding) > 0:
			dst = append(dst, strings.Join(req.TransferEncoding, ",")...)
		default:
			for j, v := range values[i] {
				if j > 0 {
					dst = append(dst, ',')
				}
				dst = appendFolded(dst, v)
			}
		}
		dst = append(dst, '\n')
	}
	return dst
}

// findFold looks a name up in a list in order, in any case of its letters.
func findFold(list []string, name string) (int, bool) {
	return slices.BinarySearchFunc(list, name, func(listed, name string) int {
		for i := 0; i < len(listed) && i < len(name); i++ {
			if c := int(listed[i]) - int(lowerByte(name[i])); c != 0 {
				return c
			}
		}
		return len(listed) - len(name)
	})
}

// appendFolded appends a header's value without the blanks around it, each run
// of blanks within it as one space. A line break in a value, which no request
// over the wire has, counts as a blank: it would end the line.
func appendFolded(dst []byte, s string) []byte {
	start, blank := len(dst), false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ' ', '\t', '\r', '\n':
			blank = true
		default:
			if blank && len(dst) > start {
				dst = append(dst, ' ')
			}
			blank = false
			dst = append(dst, c)
		}
	}
	return dst
}
