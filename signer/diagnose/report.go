package diagnose

import (
	"slices"
	"strings"
)

// Finding is one thing that is wrong with a request.
type Finding struct {
	ID ID `json:"id"`
	// Proven means that the client's own signature comes out when this, with
	// the other proven findings of the report, is undone. False means that it
	// is a fact seen in the request, or told by the server.
	Proven bool `json:"proven"`
	// Name is the header or parameter it is about, if any.
	Name string `json:"name,omitempty"`
	// Sentence says what is wrong, Advice what to change.
	Sentence Text `json:"sentence"`
	Advice   Text `json:"advice"`
	// Signed and Arrived are the two values side by side, shortened when they
	// are long, secrets and tokens left out. Both are empty where there is
	// nothing to compare.
	Signed  string `json:"signed,omitempty"`
	Arrived string `json:"arrived,omitempty"`
	// Suggestion is what to add, ready to be pasted: a policy's statement.
	Suggestion string `json:"suggestion,omitempty"`

	rank     int  // where it stands in the report
	explains bool // it may be why the signature does not match
}

// Form is what a signature covers.
type Form struct {
	// HttpString is the "FormatString" of the cloud's errors, with tokens and
	// other secrets left out; its hash in StringToSign is that of the whole.
	HttpString   string `json:"http_string"`
	StringToSign string `json:"string_to_sign"`
}

// Report is why a request was refused.
type Report struct {
	// Findings are best first. None means that the signature holds and
	// that nothing else is wrong.
	Findings []Finding `json:"findings"`
	// Arrived is what the request amounts to as it arrived; nil when it
	// carries no readable signature, or is too large to be looked at.
	Arrived *Form `json:"arrived,omitempty"`
	// Signed is what the client must have signed; nil unless proven.
	Signed *Form `json:"signed,omitempty"`
	// Accepted are the leniencies that the proof, or the signature, needed as
	// well (signer.Leniencies): they are no mistakes here.
	Accepted []string `json:"accepted,omitempty"`
	// Attempts is how many signatures were made in search of the client's.
	Attempts int `json:"attempts"`
	// Truncated means that the request was too large for every mistake of the
	// table to be tried. (Of their combinations only so many are ever tried.)
	Truncated bool `json:"truncated,omitempty"`
}

// IDs are those of the findings, best first, each once.
func (r *Report) IDs() []ID {
	ids := make([]ID, 0, len(r.Findings))
	for i := range r.Findings {
		if id := r.Findings[i].ID; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Header is the value of x-cosemu-diagnosis: the ids joined by commas.
func (r *Report) Header() string {
	ids := r.IDs()
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	return strings.Join(names, ",")
}

// Where a finding stands: first what refused the request, in the order in which
// the cloud judges (COS docs: 访问 COS 时返回403错误码); what would have refused
// it next comes after.
const (
	rankPreflight = iota
	rankUnreadable
	rankKeyForm
	rankKey
	rankTimeCause
	rankTime
	rankTimeHint
	rankStrict
	rankProven
	rankObserved
	rankUnknown
	rankBucket
	rankPolicy
	rankBody
)

// sort puts the findings into their order; those of one rank stay as they are,
// which is the order of the table.
func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return a.rank - b.rank })
}

// dropEchoes takes out observations of what is proven already.
func (r *Report) dropEchoes() {
	proven := r.Findings[:0:0]
	for i := range r.Findings {
		if r.Findings[i].Proven {
			proven = append(proven, r.Findings[i])
		}
	}
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool {
		return !f.Proven && slices.ContainsFunc(proven, func(p Finding) bool {
			return p.ID == f.ID && (p.Name == f.Name || p.Name == "" || f.Name == "")
		})
	})
}

func (r *Report) has(test func(*Finding) bool) bool {
	for i := range r.Findings {
		if test(&r.Findings[i]) {
			return true
		}
	}
	return false
}
