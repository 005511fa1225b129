package diagnose

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

// maxReadings bounds the readings that are combined with mistakes.
const maxReadings = 64

// said is what is told of an attempt.
type said struct {
	message *Message
	v       Values
}

type attempt = resign.Attempt[said]

// search looks for what was signed, among what the table's rows put forward.
type search struct {
	*resign.Search[said]
	e *evidence
}

func newSearch(e *evidence) *search {
	return &search{Search: resign.New[said](resign.COS{}, e.claim.Signature), e: e}
}

// readings puts up the readings that are accepted, and reports whether the
// signature holds under one of them.
func (s *search) readings() bool {
	e := s.e
	count := 0
	for id, how := range signer.Readings(e.req, e.claim, e.in.Verify) {
		if count == maxReadings || s.Half() {
			break
		}
		if allows := e.in.Verify.Allows; id != "" && allows != nil && !allows(how) {
			continue // what was signed so is a mistake, and the rows look for it
		}
		count++
		r := resign.Reading{
			ID: id, Common: !guessesPort(id), Canonical: e.req.Canonical(e.claim, how),
			Time: e.claim.SignTime.Raw, Secret: e.key.SecretKey, KeyTime: e.claim.KeyTime.Raw,
		}
		if s.AddReading(&r, e.judged) {
			return true
		}
	}
	return false
}

// guessesPort reports whether a reading is one of the leniencies that put a
// port where none arrived.
func guessesPort(reading string) bool {
	return strings.Contains(reading, "host-port-") || strings.Contains(reading, "host-local-port")
}

// form shows the texts of a signature, secrets left out.
func (s *search) form(canonical, stringToSign string) *Form {
	return &Form{HttpString: maskText(canonical, s.e.secrets()...), StringToSign: stringToSign}
}

// proposeText puts forward another text of one dimension.
func (s *search) proposeText(d resign.Dim, text string, m *Message, v Values, likely bool) {
	if s.Spent() {
		return
	}
	s.proposeIndex(d, s.Text(d, text), m, v, likely)
}

// proposeIndex puts forward a text that is known already.
func (s *search) proposeIndex(d resign.Dim, i uint16, m *Message, v Values, likely bool) {
	a := attempt{Said: said{m, v}, Mask: resign.MaskOf(d), Likely: likely}
	a.At[d] = i
	s.Propose(a)
}

// proposeKey puts forward another secret.
func (s *search) proposeKey(secret string, m *Message, v Values, likely bool) {
	s.proposeIndex(resign.Key, s.Key(secret, s.e.claim.KeyTime.Raw), m, v, likely)
}

// proposeHost puts forward another host.
func (s *search) proposeHost(host signer.Pair, m *Message, v Values, likely bool) {
	s.proposeText(resign.Host, s.Written(resign.Host, host, resign.Documented()), m, v, likely)
}

// proposeEdit puts forward a list with one entry changed.
func (s *search) proposeEdit(ed resign.Edit, m *Message, v Values, likely bool) {
	if s.Spent() {
		return
	}
	a := attempt{Said: said{m, v}, Mask: resign.MaskOf(ed.Dim), Likely: likely, Edit: &ed}
	a.At[ed.Dim] = s.Edited(ed)
	s.Propose(a)
}
