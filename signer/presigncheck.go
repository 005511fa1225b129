package signer

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// check refuses what cannot be sent, or cannot be signed so that it verifies.
// Its errors show neither secret nor token.
func (in *PresignInput) check() error {
	switch {
	case !isToken(in.Method):
		return fmt.Errorf("signer: %q is no method", in.Method)
	case in.Host == "" && in.Region == "":
		return errors.New("signer: a Host, or a Region to make one of, is needed")
	case in.Bucket == "" && (in.Host == "" && !in.PathStyle || in.PathStyle && in.Key != ""):
		return errors.New("signer: a Bucket is needed")
	case hasBytes(in.Host+in.Bucket+in.Region+in.Scheme, "/?#@%"):
		return errors.New("signer: scheme, host, bucket and region must not hold / ? # @ % or blanks")
	case in.Start.IsZero():
		return errors.New("signer: a Start is needed")
	case in.Expires < time.Second || in.KeyExpires != 0 && in.KeyExpires < time.Second:
		return errors.New("signer: the validity must last a second at least")
	case in.Token < TokenSigned || in.Token > TokenSignedHeaderInQuery:
		return fmt.Errorf("signer: there is no token place %d", int(in.Token))
	}
	switch in.Carrier {
	case CarrierNone, CarrierQuery, CarrierSign, CarrierHeader:
	default:
		return fmt.Errorf("signer: a URL cannot carry a signature as %v", in.Carrier)
	}
	if err := in.checkHeader(); err != nil {
		return err
	}
	return in.checkQuery()
}

func (in *PresignInput) checkHeader() error {
	for name, values := range in.Header {
		switch {
		case !isToken(name):
			return fmt.Errorf("signer: %q is no header name", name)
		case equalFold(name, "Host"), equalFold(name, "Authorization"):
			return fmt.Errorf("signer: the header %s is made, and must not be given", name)
		case equalFold(name, TokenName) && in.Credentials.Token != "":
			return errors.New("signer: the token is given twice, in Credentials and as a header")
		}
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return fmt.Errorf("signer: the header %s holds a control character", name)
			}
		}
	}
	return nil
}

// checkQuery refuses parameters that would be taken for part of the signature.
func (in *PresignInput) checkQuery() error {
	for name := range in.Query {
		switch {
		case name == "":
			return errors.New("signer: a parameter has no name")
		case claimField(name) >= 0, name == "sign":
			return fmt.Errorf("signer: the parameter %s is made, and must not be given", name)
		case (equalFold(name, TokenName) || equalFold(name, shortTokenName)) && in.Credentials.Token != "":
			return errors.New("signer: the token is given twice, in Credentials and as a parameter")
		}
	}
	return nil
}

// sentHeader is a copy of h as it goes over the wire: names in canonical form,
// no blanks around the values.
func sentHeader(h http.Header) http.Header {
	sent := make(http.Header, len(h)+2)
	for name, values := range h {
		name = http.CanonicalHeaderKey(name)
		for _, v := range values {
			sent[name] = append(sent[name], strings.Trim(v, " \t"))
		}
	}
	return sent
}

// isToken reports whether s can be a method or a header name (RFC 9110, 5.6.2).
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !unreserved(c) && strings.IndexByte("!#$%&'*+^`|", c) < 0 {
			return false
		}
	}
	return s != ""
}

// hasBytes reports whether s holds one of set, a blank, or a byte beyond
// printable ASCII.
func hasBytes(s, set string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte(set, s[i]) >= 0 {
			return true
		}
	}
	return false
}
