package form

import (
	"fmt"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// Way is how a form says who sends it.
type Way int

const (
	// WayNone means that no field does. The request may still be signed as any
	// other, in its Authorization header or its query; else it is anonymous.
	WayNone Way = iota
	// WayPolicy is the documented way: a policy, signed, and the fields
	// q-sign-algorithm, q-ak, q-key-time and q-signature.
	WayPolicy
	// WaySignature is the Mini Program's way: the field Signature holds an
	// ordinary authorization string, signed for `POST /` (cos-wx-sdk-v5
	// lib/request.js). It does not cover the key.
	WaySignature
)

// String names the way in a word.
func (w Way) String() string {
	switch w {
	case WayNone:
		return "none"
	case WayPolicy:
		return "policy"
	case WaySignature:
		return "signature"
	}
	return fmt.Sprintf("Way(%d)", int(w))
}

// Auth is what a form says about its own right to be stored.
type Auth struct {
	Way Way
	// Claim is what the pipeline has to judge: the key pair, the token, the
	// times. Its Carrier is signer.CarrierForm. nil on WayNone. On WayPolicy it
	// has no lists, and its SignTime is the field q-sign-time where there is
	// one, else its KeyTime.
	Claim *signer.Claim
	// Policy is the form's policy; nil when it has none. One that comes without
	// WayPolicy is judged all the same: the documents' older sample has a
	// Signature beside it (choice 153).
	Policy *Policy

	form *Form
}

// Auth reads the fields that identify the sender: those of the policy where
// q-ak or q-signature is there, else Signature. A token that is no field is
// taken from the request (choice 154). The error is InvalidPolicyDocument: the
// policy cannot be read, is missing beside those fields, or lacks one of the
// three conditions that it must have then (choice 148).
func (f *Form) Auth(req *signer.Request) (*Auth, *coserr.Error) {
	a := &Auth{form: f}
	if text := f.Get(fieldPolicy); text != "" {
		p, err := ParsePolicy(text)
		if err != nil {
			return nil, err
		}
		a.Policy = p
	}
	switch claim, ok := signer.ParseAuthorization(f.Get(fieldSignature)); {
	case f.Get(fieldAK) != "" || f.Get(fieldQSig) != "":
		if err := a.Policy.requireSigned(); err != nil {
			return nil, invalidPolicy(err)
		}
		a.Way, a.Claim = WayPolicy, f.policyClaim()
	case ok:
		a.Way, a.Claim = WaySignature, claim
	default:
		return a, nil
	}
	a.Claim.Carrier = signer.CarrierForm
	f.findToken(a.Claim, req)
	return a, nil
}

// requireSigned asks for the conditions without which a policy could be used
// with any key pair, for any time.
func (p *Policy) requireSigned() error {
	if p == nil {
		return &policyError{diagnose.FormProblem{Missing: true}}
	}
	for _, field := range [...]string{fieldAlgorithm, fieldAK, fieldSignTime} {
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

// Verify asks whether the claim's signature is the one that secretKey makes of
// the policy, or on WaySignature of the request, as the server read it. It looks
// at neither the time nor the token. The HttpString of a policy is empty.
func (a *Auth) Verify(req *signer.Request, secretKey string, o signer.VerifyOptions) signer.Result {
	switch a.Way {
	case WaySignature:
		return signer.Verify(req, a.Claim, secretKey, o)
	case WayPolicy:
		text := signer.PolicyStringToSign(a.Policy.Text)
		key := signer.NewSigningKey(secretKey, a.Claim.KeyTime.Raw)
		return signer.Result{
			OK:           a.Claim.Algorithm == signer.Algorithm && key.Match([]byte(text), a.Claim.Signature),
			StringToSign: text,
		}
	}
	return signer.Result{}
}

// CheckPolicy judges what of the policy comes before the key pair is looked up:
// its conditions on the q-* fields, in its order, then its expiration. Both are
// AccessDenied, in the cloud's words (COS docs: POST Object 常见异常, which says
// of the expiration that it must be later than now).
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

// CheckConditions judges the policy's conditions on the bucket, with its APPID,
// and on the fields, in the policy's order. A field that the form does not have
// meets no condition, not even one on an empty prefix; a field on which there is
// no condition is free (COS docs: POST Object, and its older sample).
func (a *Auth) CheckConditions(bucket string) *coserr.Error {
	if a.Policy == nil {
		return nil
	}
	return a.check(bucket, false)
}

// check judges the conditions on q-* fields, or all others.
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

// value is what a condition is held against. q-sign-time is no field of the
// documented form: the page gives the policy the same KeyTime that the form
// carries as q-key-time (choice 147).
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

// unmet is what of the condition is not met, for a finding to tell.
func (c *Condition) unmet(value string, absent bool) error {
	return &policyError{diagnose.FormProblem{Unmet: &diagnose.UnmetCondition{
		Field: c.Field, Prefix: c.Operator == StartsWith, Want: c.Value, Value: value, Absent: absent,
	}}}
}

// refuse names the value that the policy asks for; the page prints that of the
// bucket in brackets (choice 146).
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
