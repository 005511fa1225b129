package api_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/fault"
	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// observations are what the tests of this package really asked and were really
// answered, taken from the journals of the servers that they started.
type observations struct {
	page *fidelityPage
	mu   sync.Mutex
	rows map[string]map[string]bool // by name of the test: ids of rows, `header x-…` for prefixes too
	// answers that no table knows, each with the test that got it
	unknown map[string]string
}

//nolint:gochecknoglobals // TestMain judges what all tests of the package did
var observed = newObservations()

func newObservations() *observations {
	return &observations{rows: map[string]map[string]bool{}, unknown: map[string]string{}}
}

// of returns what takes in each new entry of the journal of a server that a
// test has started.
func (o *observations) of(test string, j *journal.Journal) func() {
	test, _, _ = strings.Cut(test, "/")
	var last uint64 // held by o.mu
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		entries := j.Select(journal.Filter{After: last})
		if len(entries) > 0 {
			last = entries[0].Seq
		}
		o.note(test, entries)
	}
}

func (o *observations) note(test string, entries []*journal.Entry) {
	if o.rows[test] == nil {
		o.rows[test] = map[string]bool{}
	}
	seen := o.rows[test]
	for _, en := range entries {
		seen["call "+o.page.callOf(en)] = true
		for name := range en.Request.Header {
			name = strings.ToLower(name)
			seen["header "+name] = true
			if own, ok := strings.CutPrefix(name, "x-amz-"); ok { // S3 clients send the twin of a row
				seen["header x-cos-"+own] = true
			}
		}
		if len(en.Request.TransferEncoding) > 0 {
			seen["header transfer-encoding"] = true // net/http takes it out
		}
		for _, p := range en.Request.Params {
			seen["param "+p.DecodedName()] = true
		}
		for name := range en.Header {
			seen["answer "+strings.ToLower(name)] = true
		}
		switch {
		case en.Fault != nil: // it answers what a test planned
		case en.Code != "" && en.Verdict == journal.Refused && en.Status == 200:
			seen["code sts:"+en.Code] = true
		case en.Code != "":
			o.noteCode(seen, test, en)
		}
		for id := range strings.SplitSeq(en.Reading, "+") {
			seen["reading "+id] = true
		}
	}
}

// noteCode finds the row of a code and of the status that it came with.
func (o *observations) noteCode(seen map[string]bool, test string, en *journal.Entry) {
	if en.Fault != nil && en.Fault.Fault == string(fault.Answer) {
		return // it says what the test planned, and nothing of COS
	}
	for _, name := range [...]string{en.Code, en.Code + "/" + strconv.Itoa(en.Status)} {
		e := coserr.New(coserr.Code(name))
		if string(e.Code) == en.Code && (e.Status == en.Status || o.page.hasStatus(en.Code, en.Status) || en.Verdict == journal.Reported) {
			seen["code "+name] = true
			return
		}
	}
	o.unknown[fmt.Sprintf("code %s with status %d", en.Code, en.Status)] = test
}

// callOf names the row of the operation that a request was taken for. Of the
// rows that share an action it is the one whose sub-resource the request has,
// uploadId before any other, else the one without.
func (p *fidelityPage) callOf(en *journal.Entry) string {
	found := ""
	for _, r := range p.rows {
		sub, ok := strings.CutPrefix(r.id, "call "+en.Operation+"?")
		if !ok || found != "" && sub != "uploadId" {
			continue
		}
		if _, param := en.Request.Param(sub); param || en.Request.Header.Get(sub) != "" {
			found = en.Operation + "?" + sub
		}
	}
	switch {
	case found != "":
		return found
	case p.has("call sts:" + en.Operation):
		return "sts:" + en.Operation
	}
	return en.Operation
}

// disproved says which claims of this package's tests nothing bears out, and
// what was answered that no row tells of.
func (o *observations) disproved(page *fidelityPage) []string {
	var wrong []string
	for _, r := range page.rows {
		for _, test := range r.tests {
			if !o.saw(test, r.id) {
				wrong = append(wrong, fmt.Sprintf("%s is marked to hold %q, and no request of it showed that", test, r.id))
			}
		}
	}
	for name, test := range o.unknownAnswers() {
		wrong = append(wrong, fmt.Sprintf("%s got the %s, which no row tells of", test, name))
	}
	slices.Sort(wrong)
	return wrong
}

func (o *observations) saw(test, row string) bool {
	if prefix, ok := strings.CutSuffix(row, "*"); ok {
		for seen := range o.rows[test] {
			if strings.HasPrefix(seen, prefix) {
				return true
			}
		}
	}
	return o.rows[test][row]
}

// unknownAnswers are headers that were answered, and codes, without a row.
func (o *observations) unknownAnswers() map[string]string {
	out := o.unknown
	for test, seen := range o.rows {
		for id := range seen {
			id = strings.Replace(id, "answer x-amz-", "answer x-cos-", 1) // S3 clients get the twin of a row
			if strings.HasPrefix(id, "answer ") && id != "answer connection" && !o.page.has(id) {
				out[id] = test
			}
		}
	}
	return out
}
