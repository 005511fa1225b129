package sts

import (
	"errors"
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// Service answers requests. It is safe for concurrent use.
type Service struct {
	keys     *keyring.Ring
	roles    []Role
	alphabet Alphabet
}

// Config is what a Service is made of.
type Config struct {
	// Keys has the pairs that may call it, and receives those that it issues.
	Keys *keyring.Ring
	// Roles can be assumed.
	Roles []Role
	// Alphabet is that of tokens; empty: AlphabetURL.
	Alphabet Alphabet
}

// New returns a service.
func New(c Config) *Service { return &Service{keys: c.Keys, roles: c.Roles, alphabet: c.Alphabet} }

// Verdict is what is known of a request beside its answer.
type Verdict struct {
	// Who is the pair that the request names, if it names one.
	Who keyring.Identity
	// Issued is the pair that was issued.
	Issued keyring.Key
	// Denied is why a policy of the pair does not allow the call; nil: none
	// refused it.
	Denied *diagnose.PolicyRefusal
	// Err is the refusal; nil: it was answered.
	Err *Error
	// Cause is the cause of an InternalError, for the log.
	Cause error
}

// Answer judges and executes a request: first the common parameters, then the
// caller, then the parameters of the action (choice 277). It returns the content of
// "Response" without the request id.
func (s *Service) Answer(q *Request, now time.Time) (any, Verdict) {
	var v Verdict
	v.Err = q.checkCommon(now)
	if v.Err != nil {
		return nil, v
	}
	act, err := s.action(q.Action)
	if err != nil {
		v.Err = err
		return nil, v
	}
	if v.Err = s.authenticate(q, now, &v); v.Err != nil {
		return nil, v
	}
	reply, err := act(q, &v, now)
	if err != nil {
		v.Err = err
		return nil, v
	}
	return reply, v
}

// action executes a request of the caller v.Who.Key.
type action func(q *Request, v *Verdict, now time.Time) (any, *Error)

func (s *Service) action(name string) (action, *Error) {
	switch name {
	case "GetFederationToken":
		return s.federationToken, nil
	case "AssumeRole":
		return s.assumeRole, nil
	case "GetCallerIdentity":
		return s.callerIdentity, nil
	case "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetSessionToken", "QueryApiKey":
		return nil, &Error{UnsupportedAction, "cosemu does not support " + name + "."}
	}
	return nil, &Error{
		InvalidAction,
		"The request action=`" + chars.Shorten(name, maxShown, "…") + "` is invalid or not found in service=`sts` and version=`" + Version + "`.",
	}
}

// authenticate finds the caller and verifies the signature.
func (s *Service) authenticate(q *Request, now time.Time, v *Verdict) *Error {
	if q.SecretID == "" {
		if q.Scheme == SchemeV1 {
			return missing("SecretId")
		}
		return missing("Authorization")
	}
	v.Who = s.keys.Identify(q.SecretID, q.Token, now)
	switch {
	case errors.Is(v.Who.KeyErr, keyring.ErrUnknownKey):
		return &Error{SecretIDNotFound, "The SecretId is not found, please ensure that your SecretId is correct."}
	case v.Who.KeyErr != nil: // choice 279
		return &Error{TokenFailure, "The token is missing, is not that of the SecretId, or has expired."}
	}
	if q.Scheme == SchemeV1 && q.form["Signature"] == "" {
		return missing("Signature")
	}
	if !q.SignedWith(v.Who.Key.SecretKey) {
		return signatureFailure()
	}
	return nil
}

// Issue issues a temporary pair without a request. Its caller bounds how long the
// pair lives.
func (s *Service) Issue(parent keyring.Key, session *policy.Policy, name string, lives time.Duration, now time.Time) (keyring.Key, error) {
	k := federated(parent, session, name, endAfter(now, lives))
	err := s.mint(&k, now)
	return k, err
}

func (s *Service) mint(k *keyring.Key, now time.Time) error {
	k.SecretID, k.SecretKey, k.Token = newSecretID(), newSecretKey(), NewToken(s.alphabet)
	return s.keys.Issue(*k, now)
}

// issue issues a pair whose owner and rights are in k, and returns the reply.
func (s *Service) issue(k keyring.Key, v *Verdict, now time.Time) (any, *Error) {
	switch err := s.mint(&k, now); {
	case errors.Is(err, keyring.ErrFull):
		return nil, &Error{LimitExceeded, "There are too many temporary keys; wait for some to expire."}
	case err != nil:
		v.Cause = err
		return nil, &Error{InternalError, "The temporary key cannot be kept; the log has the cause."}
	}
	v.Issued = k
	return issued(k), nil
}

// credentials is the reply of GetFederationToken and AssumeRole.
type credentials struct {
	Credentials struct {
		Token        string
		TmpSecretID  string `json:"TmpSecretId"`
		TmpSecretKey string
	}
	ExpiredTime int64
	Expiration  string
}

func issued(k keyring.Key) *credentials {
	c := &credentials{ExpiredTime: k.Expires.Unix(), Expiration: k.Expires.UTC().Format(time.RFC3339)}
	c.Credentials.Token, c.Credentials.TmpSecretID, c.Credentials.TmpSecretKey = k.Token, k.SecretID, k.SecretKey
	return c
}

// duration reads DurationSeconds.
func (q *Request) duration(normal, most time.Duration) (time.Duration, *Error) {
	seconds, ok, err := q.number("DurationSeconds")
	switch {
	case err != nil:
		return 0, err
	case !ok:
		return normal, nil
	case seconds <= 0:
		return 0, paramError("DurationSeconds is a number of seconds from 1 on.")
	case seconds > int64(most/time.Second):
		return 0, &Error{OverTime, "DurationSeconds may be at most " + seconds10(most) + " for this kind of key."}
	}
	return time.Duration(seconds) * time.Second, nil
}

// only refuses parameters other than these.
func (q *Request) only(names ...string) *Error {
	for name := range q.Params {
		if !slices.Contains(names, name) {
			return unknown(chars.Shorten(name, maxShown, "…"))
		}
	}
	return nil
}
