package emulator

import (
	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/control"
	"github.com/cosemu/cosemu/emulator/internal/explain"
	"github.com/cosemu/cosemu/emulator/internal/identity"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/wire"
)

// What an emulator is asked, and what it answers.
type (
	// PresignRequest asks for a URL that works on this emulator.
	PresignRequest = api.PresignRequest
	// PresignReply is that URL, and a command line that uses it.
	PresignReply = api.PresignReply
	// Question asks what is wrong with a request, or with what a client showed of
	// one: a URL, a command, an exception, a refusal's body.
	Question = explain.Question
	// Explanation answers a Question. Its JSON is that of POST /api/v1/explain.
	Explanation = control.Explanation
	// Request is a request with its verdict. Its JSON is that of a request in the
	// answers of the control API. What is not known of one that was never sent is
	// left out.
	Request = control.Entry
	// Verdict is what came of a request.
	Verdict = journal.Verdict
	// Control is the handler of the control listener.
	Control = control.Handler
	// ControlOptions say what the control listener is told from outside.
	ControlOptions = control.Options
	// HandshakeFailure is a client that spoke TLS and did not get as far as a
	// request.
	HandshakeFailure = wire.HandshakeFailure
	// PolicyQuestion asks whether a policy allows a request.
	PolicyQuestion = authz.PolicyQuestion
	// PolicyAnswer answers a PolicyQuestion.
	PolicyAnswer = authz.PolicyAnswer
	// PolicyMissing is what kept the closest statement from applying.
	PolicyMissing = authz.PolicyMissing
	// PolicyQuestionError says which field of a PolicyQuestion makes no sense.
	PolicyQuestionError = authz.PolicyQuestionError
)

// The verdicts.
const (
	Accepted = journal.Accepted
	Refused  = journal.Refused
	// Reported: served because of verify=report. COS would have refused it.
	Reported = journal.Reported
	// Unchecked: only explained, and neither accepted nor refused.
	Unchecked = journal.Unchecked
)

// The values of PolicyAnswer.Verdict.
const (
	PolicyAllowed    = authz.PolicyAllowed
	PolicyDenied     = authz.PolicyDenied
	PolicyNotAllowed = authz.PolicyNotAllowed
)

// MaxPaste is the length in bytes of the longest text that is explained.
const MaxPaste = explain.MaxPaste

// Errors of Presign and of an explanation.
var (
	// ErrNoKey means that no key pair is there to sign with.
	ErrNoKey = identity.ErrNoKey
	// ErrTwoRefusals means that a question brought two bodies of a refusal.
	ErrTwoRefusals = explain.ErrTwoRefusals
	// ErrNoRequest means that a method or headers came without a request.
	ErrNoRequest = explain.ErrNoRequest
	// ErrNoRefusal means that a text is no body of a refusal.
	ErrNoRefusal = explain.ErrNoRefusal
)

// CheckPolicy asks one policy alone. Its error is a *PolicyQuestionError, or
// says what is wrong with the policy.
func CheckPolicy(doc []byte, q *PolicyQuestion) (*PolicyAnswer, error) {
	return authz.CheckPolicy(doc, q)
}
