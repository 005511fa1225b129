package diagnose

import (
	"errors"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

// Explain says why a request was refused. For an accepted request it returns no
// findings, at the cost of one signature.
func Explain(in Input) *Report {
	if in.Request == nil {
		return new(Report)
	}
	if in.Claim == nil { // whoever gives none may not know those of S3
		if c, err := signer.FindClaim(in.Request); c != nil && c.Family != signer.QSign {
			in.Claim = c
			errors.As(err, &in.Problem)
		}
	}
	if in.Claim != nil && in.Claim.Family != signer.QSign {
		return explainAWS(&in)
	}
	e := newEvidence(&in)
	r := new(Report)
	if in.Facts.CORS == nil { // a preflight's signature is never judged
		e.judge(r)
	}
	e.observe(r)
	if e.unexplained(r) {
		f := e.unknown()
		if r.Truncated {
			f = wordsUnknownLarge.Finding(Values{})
		}
		r.Findings = append(r.Findings, ranked(f, rankUnknown)...)
	}
	r.dropEchoes()
	r.sort()
	return r
}

// judge checks the signature. If it does not match, it searches for the mistakes
// that explain it.
func (e *evidence) judge(r *Report) {
	e.judged = e.key.SecretKey != "" && e.claim != nil
	verdict := e.in.Verdict
	if e.claim == e.in.Claim && verdict != nil && verdict.OK {
		e.judged, e.holds = true, true
		r.Arrived = e.verdictForm()
		if verdict.Reading != "" {
			r.Accepted = strings.Split(verdict.Reading, "+")
		}
		return
	}
	switch {
	case e.claim == nil:
		return
	case !e.small:
		r.Truncated, r.Arrived = true, e.verdictForm()
		return
	case e.signedPolicy():
		(&formSearch{e}).run(r)
		return
	case len(e.claim.Signature) != signer.SignatureLen:
		s := newSearch(e)
		s.readings()
		r.Arrived = s.form(s.PlainTexts())
		return // no attempt can make it match
	}
	e.search(r)
}

// verdictForm is what Verify computed, if it was asked.
func (e *evidence) verdictForm() *Form {
	v := e.in.Verdict
	if v == nil {
		return nil
	}
	return &Form{HttpString: maskText(v.HttpString, e.secrets()...), StringToSign: v.StringToSign}
}

func (e *evidence) search(r *Report) {
	s := newSearch(e)
	e.holds = s.readings()
	if !e.holds {
		mistakes := table()
		for i := range mistakes {
			row := &mistakes[i]
			if row.attempt == nil || !e.judged && !row.keyOnly {
				continue
			}
			row.attempt(s)
		}
		r.Truncated = s.Found() == nil && s.Spent()
		s.Combine()
	}
	r.Attempts = s.Made()
	r.Arrived = s.form(s.PlainTexts())
	found := s.Found()
	if found == nil {
		return
	}
	if found.Reading != "" {
		r.Accepted = strings.Split(found.Reading, "+")
	}
	if e.holds && len(e.repairs) == 0 {
		return
	}
	e.proven = true
	r.Signed = s.form(s.Texts(found.At))
	for _, a := range found.Steps {
		e.aliased = e.aliased || a.message == &wordsHostBare
		r.prove(a.message, a.v)
	}
}

// prove adds a proven mistake.
func (r *Report) prove(m *Message, v Values) {
	f := m.Finding(v)
	f.Proven, f.rank = true, rankProven
	r.Findings = append(r.Findings, f)
}

// signedPolicy reports whether the claim covers a form's policy.
func (e *evidence) signedPolicy() bool { return e.in.Form != nil && e.in.Form.Signed }

// observe adds what had to be repaired, and what the rows see.
func (e *evidence) observe(r *Report) {
	for _, f := range e.repairs {
		f.Proven = e.holds || e.proven
		r.Findings = append(r.Findings, f)
	}
	r.Findings = append(r.Findings, e.seen...)
	for _, row := range table() {
		if row.observe != nil {
			r.Findings = append(r.Findings, row.observe(e)...)
		}
	}
}

// unexplained reports whether the signature does not match and no finding explains
// it. A fact that has nothing to do with the signature, such as a Content-MD5 in
// hex, explains nothing (choice 105).
func (e *evidence) unexplained(r *Report) bool {
	if !e.judged || e.holds || e.proven {
		return false
	}
	return !r.has(func(f *Finding) bool { return f.explains })
}

// maxReadings bounds the readings that are combined with mistakes.
const maxReadings = 64

// said is the message about an attempt.
type said struct {
	message *Message
	v       Values
}

type attempt = resign.Attempt[said]

// search tries the attempts that the table's rows propose.
type search struct {
	*resign.Search[said]
	e *evidence
}

func newSearch(e *evidence) *search {
	return &search{Search: resign.New[said](resign.COS{}, e.claim.Signature), e: e}
}

// readings adds the readings that signer.Verify accepts. It reports whether the
// signature matches under one of them.
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

// form returns the texts of a signature without secrets.
func (s *search) form(canonical, stringToSign string) *Form {
	return &Form{HttpString: maskText(canonical, s.e.secrets()...), StringToSign: stringToSign}
}

// proposeText proposes another text for one dimension.
func (s *search) proposeText(d resign.Dim, text string, m *Message, v Values, likely bool) {
	if s.Spent() {
		return
	}
	s.proposeIndex(d, s.Text(d, text), m, v, likely)
}

// proposeIndex proposes a text that is known already.
func (s *search) proposeIndex(d resign.Dim, i uint16, m *Message, v Values, likely bool) {
	a := attempt{Said: said{m, v}, Mask: resign.MaskOf(d), Likely: likely}
	a.At[d] = i
	s.Propose(a)
}

// proposeKey proposes another secret.
func (s *search) proposeKey(secret string, m *Message, v Values, likely bool) {
	s.proposeIndex(resign.Key, s.Key(secret, s.e.claim.KeyTime.Raw), m, v, likely)
}

// proposeHost proposes another host.
func (s *search) proposeHost(host signer.Pair, m *Message, v Values, likely bool) {
	s.proposeText(resign.Host, s.Written(resign.Host, host, resign.Documented()), m, v, likely)
}

// proposeEdit proposes a list with one entry changed.
func (s *search) proposeEdit(ed resign.Edit, m *Message, v Values, likely bool) {
	if s.Spent() {
		return
	}
	a := attempt{Said: said{m, v}, Mask: resign.MaskOf(ed.Dim), Likely: likely, Edit: &ed}
	a.At[ed.Dim] = s.Edited(ed)
	s.Propose(a)
}
