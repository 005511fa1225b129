package judge

import (
	"errors"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
	"github.com/cosemu/cosemu/signer"
)

// claimOf is the claim of the form, where there is one and it has one, else of
// the request; nil: there is none, and the request is anonymous. A problem makes
// the claim one that no signature of it holds.
func claimOf(c *call.Call) (claim *signer.Claim, problem *signer.ClaimError) {
	claim, problem = c.Found, problemOf(c.FoundErr)
	if c.Auth == nil || c.Auth.Kind == form.AuthNone {
		return claim, problem
	}
	beside := claim
	claim, problem = c.Auth.Claim, c.Auth.Problem
	if beside != nil && (beside.Family != signer.QSign || claim.Family != signer.QSign) { // choice 600
		problem = &signer.ClaimError{Family: claim.Family, Carrier: claim.Carrier, Problem: signer.ProblemTwice}
	}
	return claim, problem
}

func problemOf(err error) *signer.ClaimError {
	if err == nil { // as it nearly always is
		return nil
	}
	var problem *signer.ClaimError
	errors.As(err, &problem)
	return problem
}

// checkAWS refuses an AWS signature that cannot be judged, or that leaves out
// what changes what the request means.
func (j *Judge) checkAWS(c *call.Call, claim *signer.Claim, problem *signer.ClaimError) *coserr.Error {
	switch {
	case claim.Family == signer.QSign && problem == nil:
		return nil
	case problem == nil && claim.Carrier != signer.CarrierForm:
		problem = j.uncovered(c, claim)
	}
	if problem == nil {
		return nil
	}
	return refuseClaim(problem).WithCause(problem)
}

// uncovered finds a header or parameter that S3 does not know, so that its
// signatures need not cover it, and that COS acts by: anybody could add it to the
// URL of another (choice 692).
func (j *Judge) uncovered(c *call.Call, claim *signer.Claim) *signer.ClaimError {
	field := ""
	for name := range c.Request.Header {
		if isCOSName(name) && !claim.SignsHeader(name) && (field == "" || name < field) {
			field = strings.ToLower(name)
		}
	}
	for i := range c.Request.Params {
		if field != "" || claim.Family != signer.AWS2 { // AWS4 covers them all
			break
		}
		name := c.Request.Params[i].DecodedName()
		if (isCOSName(name) || j.Table.Selects(name)) && !claim.SignsParam(name) {
			field = strings.ToLower(name)
		}
	}
	if field == "" {
		return nil
	}
	return &signer.ClaimError{Family: claim.Family, Carrier: claim.Carrier, Problem: signer.ProblemUnsigned, Field: field}
}

func isCOSName(name string) bool {
	const prefix = "x-cos-"
	return len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// refuseClaim is the answer to an AWS signature that cannot be judged. The list
// of codes has none of those that S3 gives here. An S3 client takes some of them
// for the sign of another region and asks for it, so they are COS's, with what
// S3 says (choice 691).
func refuseClaim(e *signer.ClaimError) *coserr.Error {
	malformed := coserr.New(coserr.InvalidArgument)
	where := "The authorization header is malformed; "
	switch e.Carrier {
	case signer.CarrierHeader:
	case signer.CarrierForm:
		where = "The fields of the form are malformed; "
	default:
		where = "Error parsing the query parameters of the signature; "
	}
	switch e.Problem {
	case signer.ProblemTwice:
		if e.Field != "" {
			return malformed.WithMessage(where + e.Field + " is there twice.")
		}
		return malformed.WithMessage("Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, " +
			"Signature query string parameter or the Authorization header should be specified")
	case signer.ProblemAlgorithm:
		return malformed.WithMessage(where + e.Field + ` only supports "` + signer.AlgorithmAWS4 + `".`)
	case signer.ProblemMissing:
		return refuseMissing(e, where)
	case signer.ProblemScopeDate:
		return malformed.WithMessage(where + "the Credential date \"" + e.Value + "\" is not that of the time of signing, \"" + e.Want + "\".")
	case signer.ProblemScopeService:
		return malformed.WithMessage(where + "incorrect service \"" + e.Value + "\". This endpoint belongs to \"s3\".")
	case signer.ProblemScopeEnd:
		return malformed.WithMessage(where + "incorrect terminal \"" + e.Value + "\". This endpoint uses \"aws4_request\".")
	case signer.ProblemUnsigned:
		return coserr.New(coserr.AccessDenied).WithMessage("There were headers present in the request which were not signed: " + e.Field)
	case signer.ProblemNegative:
		return malformed.WithMessage("X-Amz-Expires must be non-negative")
	case signer.ProblemTooLong:
		return malformed.WithMessage("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	case signer.ProblemPayload:
		return malformed.WithMessage("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value.")
	case signer.ProblemFormat:
	}
	return malformed.WithMessage(where + "the field " + e.Field + " cannot be read.")
}

// refuseMissing is refuseClaim for a part that is not there.
func refuseMissing(e *signer.ClaimError, where string) *coserr.Error {
	switch {
	case strings.EqualFold(e.Field, "x-amz-content-sha256"):
		return coserr.New(coserr.InvalidRequest).WithMessage("Missing required header for this request: x-amz-content-sha256")
	case strings.EqualFold(e.Field, "X-Amz-Date") && e.Carrier == signer.CarrierHeader, e.Field == "Date":
		return coserr.New(coserr.AccessDenied).WithMessage("AWS authentication requires a valid Date or x-amz-date header")
	}
	return coserr.New(coserr.InvalidArgument).WithMessage(where + "the field " + e.Field + " is missing.")
}

// signedBucket is the bucket that AWS2 signs before the path: that of the host.
func signedBucket(a *addr.Address) string {
	if a.Style == addr.VirtualHost || a.Style == addr.Alias {
		return a.Bucket
	}
	return ""
}
