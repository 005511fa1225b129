package form

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// AuthKind is how the fields of a form authenticate its sender.
type AuthKind int

const (
	// AuthNone means that no field does. The request may be signed in its Authorization header or
	// query instead. Else it is anonymous.
	AuthNone AuthKind = iota
	// AuthPolicy is the documented way: a signed policy, with the fields q-sign-algorithm, q-ak,
	// q-key-time and q-signature.
	AuthPolicy
	// AuthSignature is the way of Mini Programs: the field Signature is an ordinary authorization
	// string, signed for `POST /` (cos-wx-sdk-v5 lib/request.js). It does not cover the key.
	AuthSignature
	// AuthAWS is the way of S3: a signed policy, with the fields x-amz-signature and its sisters, or
	// AWSAccessKeyId and signature.
	AuthAWS
)

// String returns the kind as a word.
func (k AuthKind) String() string {
	switch k {
	case AuthNone:
		return "none"
	case AuthPolicy:
		return "policy"
	case AuthSignature:
		return "signature"
	case AuthAWS:
		return "AWS"
	}
	return fmt.Sprintf("AuthKind(%d)", int(k))
}

// Auth is the authentication of a form: its signature and its policy.
type Auth struct {
	Kind AuthKind
	// Claim has the SecretId, token and times to check. Its Carrier is signer.CarrierForm. It is
	// nil for AuthNone. For AuthPolicy it has no lists, and its SignTime is the field q-sign-time, or
	// else its KeyTime.
	Claim *signer.Claim
	// Problem is why the claim of AuthAWS cannot be judged, or nil.
	Problem *signer.ClaimError
	// Policy is the policy of the form, or nil. A policy is checked without AuthPolicy too: an older
	// sample of the documentation has a policy and a Signature (choice 153).
	Policy *Policy

	form *Form
}

// Auth reads the authentication from the fields: a policy if there is q-ak or q-signature, or else
// Signature. A token that is not among the fields is taken from the request (choice 154).
//
// The error is InvalidPolicyDocument: the policy is not readable, or it is required and missing, or
// it lacks one of the three conditions that it must have (choice 148; for AWS choice 690).
func (f *Form) Auth(req *signer.Request) (*Auth, *coserr.Error) {
	a := &Auth{form: f}
	if text := f.Get(fieldPolicy); text != "" {
		p, err := ParsePolicy(text)
		if err != nil {
			return nil, err
		}
		a.Policy = p
	}
	aws, problem := signer.FindFormClaim(f.Lookup)
	switch claim, ok := signer.ParseAuthorization(f.Get(fieldSignature)); {
	case aws != nil:
		if err := a.Policy.requireAWS(aws.Family); err != nil {
			return nil, invalidPolicy(err)
		}
		a.Kind, a.Claim = AuthAWS, aws
		errors.As(problem, &a.Problem)
		return a, nil
	case f.Get(fieldAK) != "" || f.Get(fieldQSig) != "":
		if err := a.Policy.requireSigned(); err != nil {
			return nil, invalidPolicy(err)
		}
		a.Kind, a.Claim = AuthPolicy, f.policyClaim()
	case ok:
		a.Kind, a.Claim = AuthSignature, claim
	default:
		return a, nil
	}
	a.Claim.Carrier = signer.CarrierForm
	f.findToken(a.Claim, req)
	return a, nil
}

// requireSigned checks for the conditions without which a policy is valid for any key pair and any
// time.
func (p *Policy) requireSigned() error {
	return p.require(fieldAlgorithm, fieldAK, fieldSignTime)
}

// requireAWS is requireSigned for a policy of AWS. AWS2 has no fields that a policy could name.
func (p *Policy) requireAWS(family signer.Family) error {
	if family == signer.AWS2 {
		return p.require()
	}
	return p.require("x-amz-algorithm", "x-amz-credential", "x-amz-date")
}

func (p *Policy) require(fields ...string) error {
	if p == nil {
		return &policyError{diagnose.FormProblem{Missing: true}}
	}
	for _, field := range fields {
		if !p.names(field) {
			return &policyError{diagnose.FormProblem{Condition: field}}
		}
	}
	return nil
}

func (p *Policy) names(field string) bool {
	for i := range p.Conditions {
		if strings.EqualFold(p.Conditions[i].Field, field) {
			return true
		}
	}
	return false
}

func (f *Form) policyClaim() *signer.Claim {
	c := &signer.Claim{
		Algorithm: f.Get(fieldAlgorithm),
		SecretID:  f.Get(fieldAK),
		KeyTime:   signer.ParseTimeRange(f.Get(fieldKeyTime)),
		Signature: f.Get(fieldQSig),
	}
	c.SignTime = c.KeyTime
	if t := f.Get(fieldSignTime); t != "" {
		c.SignTime = signer.ParseTimeRange(t)
	}
	return c
}

func (f *Form) findToken(c *signer.Claim, req *signer.Request) {
	if t := f.Get(signer.TokenName); t != "" {
		c.Token, c.TokenCarrier = t, signer.CarrierForm
		return
	}
	if v := req.Header["X-Cos-Security-Token"]; len(v) > 0 && v[0] != "" {
		c.Token, c.TokenCarrier = v[0], signer.CarrierHeader
		return
	}
	if p, ok := req.Param(signer.TokenName); ok && p.Value != "" {
		c.Token, c.TokenCarrier = p.DecodedValue(), signer.CarrierQuery
	}
}

// Verify reports whether the signature matches: that of the policy, or for AuthSignature that of the
// request. It does not check times and token. For a policy, the HttpString of the result is empty.
func (a *Auth) Verify(req *signer.Request, secretKey string, o signer.VerifyOptions) signer.Result {
	switch a.Kind {
	case AuthSignature:
		return signer.Verify(req, a.Claim, secretKey, o)
	case AuthPolicy:
		text := signer.PolicyStringToSign(a.Policy.Text)
		key := signer.NewSigningKey(secretKey, a.Claim.KeyTime.Raw)
		return signer.Result{
			OK:           a.Claim.Algorithm == signer.Algorithm && key.Match([]byte(text), a.Claim.Signature),
			StringToSign: text,
		}
	case AuthAWS:
		return signer.VerifyPolicy(a.Claim, a.form.Get(fieldPolicy), secretKey)
	}
	return signer.Result{}
}

// CheckPolicy checks the parts of the policy that come before the key pair: its conditions on q-*
// fields, in order, and then its expiration. A failed check is AccessDenied with the message of COS
// (COS docs: POST Object 常见异常, which wants an expiration later than now).
func (a *Auth) CheckPolicy(now time.Time) *coserr.Error {
	if a.Policy == nil {
		return nil
	}
	if err := a.check("", true); err != nil {
		return err
	}
	if !now.Before(a.Policy.Expiration) {
		return denied(fmt.Sprintf("You post object request has been expired, expiration time: %d but the time now : %d",
			a.Policy.Expiration.Unix(), now.Unix())).WithCause(&policyError{diagnose.FormProblem{Expired: a.Policy.Expiration}})
	}
	return nil
}

// CheckConditions checks the conditions on the bucket, with its APPID, and on the other fields, in
// order. A condition on a missing field fails, even with an empty prefix. A field without a
// condition may have any value (COS docs: POST Object and its older sample).
func (a *Auth) CheckConditions(bucket string) *coserr.Error {
	if a.Policy == nil {
		return nil
	}
	return a.check(bucket, false)
}

// check checks the conditions on q-* fields, or all others.
func (a *Auth) check(bucket string, identity bool) *coserr.Error {
	for i := range a.Policy.Conditions {
		c := &a.Policy.Conditions[i]
		field := strings.ToLower(c.Field)
		if c.Operator == LengthRange || strings.HasPrefix(field, "q-") != identity {
			continue
		}
		value, ok := a.value(field, bucket)
		switch {
		case !ok:
			return c.refuse().WithCause(c.unmet("", true))
		case !c.holds(value):
			return c.refuse().WithCause(c.unmet(value, false))
		}
	}
	return nil
}

// value returns the value that a condition is compared with. The documented form has no field
// q-sign-time; there a condition on it means q-key-time, since the page gives both the same value
// (choice 147).
func (a *Auth) value(field, bucket string) (string, bool) {
	switch {
	case field == fieldBucket:
		return bucket, true
	case a.Claim == nil:
	case field == fieldAlgorithm:
		return a.Claim.Algorithm, true
	case field == fieldAK:
		return a.Claim.SecretID, true
	case field == fieldSignTime:
		return a.Claim.SignTime.Raw, true
	}
	return a.form.Lookup(field)
}

func (c *Condition) holds(value string) bool {
	if c.Operator == StartsWith {
		return strings.HasPrefix(value, c.Value)
	}
	return value == c.Value
}

// unmet describes the failed condition for a finding.
func (c *Condition) unmet(value string, absent bool) error {
	return &policyError{diagnose.FormProblem{Unmet: &diagnose.UnmetCondition{
		Field: c.Field, Prefix: c.Operator == StartsWith, Want: c.Value, Value: value, Absent: absent,
	}}}
}

// refuse returns the error of a failed condition. Its message has the value that the policy wants,
// in brackets for the bucket, as on the page (choice 146).
func (c *Condition) refuse() *coserr.Error {
	value := c.Value
	if strings.EqualFold(c.Field, fieldBucket) {
		value = "[" + value + "]"
	}
	return denied(conditionMessage(c.Field, value))
}

func conditionMessage(field, value string) string {
	return "Condition key " + field + " doesn't match the value " + value
}

func denied(message string) *coserr.Error {
	return coserr.New(coserr.AccessDenied).WithMessage(message)
}
