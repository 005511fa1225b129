package judge

import (
	"errors"
	"net/http"
	"net/textproto"
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/form"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// identify finds and checks who sent the call: whether the signature can be read,
// key id, token, time, strict signature rules, signature, in this order (choice 51
// on a wrong token).
func (j *Judge) identify(c *call.Call) (who call.Identity, refused *coserr.Error) {
	claim, problem := claimOf(c)
	if claim == nil {
		return who, nil
	}
	who.Claim = claim
	j.lookUpKey(c, &who)
	if err := j.checkAWS(c, claim, problem); err != nil {
		c.Check("signature")
		return who, err
	}
	c.Check("key")
	if err := who.Refusal(); err != nil {
		return who, err
	}
	if who.Unchecked {
		c.Conclude(call.Unchecked)
	}
	c.Check("time")
	if err := checkTime(c, who.Claim); err != nil {
		return who, err
	}
	if err := j.checkStrict(c, who.Claim); err != nil {
		return who, err
	}
	c.Check("signature")
	if who.Unchecked {
		c.Conclude(call.Unchecked)
		return who, nil
	}
	who.Trace = j.verify(c, &who)
	if who.Trace.OK {
		who.Reordered, who.ReorderedName = reordered(c.Request, who.Claim)
	}
	if !who.Trace.OK || who.Reordered != "" {
		return who, coserr.New(coserr.SignatureDoesNotMatch).
			WithSignature(who.Trace.StringToSign, who.Trace.HttpString).
			WithResource(signer.Decode(c.Request.Path))
	}
	return who, nil
}

func (j *Judge) verify(c *call.Call, who *call.Identity) signer.Result {
	options := j.VerifyOptions(c, who.Key.AppID)
	if c.Auth != nil && c.Auth.Kind != form.AuthNone {
		return c.Auth.Verify(c.Request, who.Key.SecretKey, options)
	}
	return signer.Verify(c.Request, who.Claim, who.Key.SecretKey, options)
}

// lookUpKey finds the key pair that the claim names. For a request that is only
// explained it takes the secret of the question.
func (j *Judge) lookUpKey(c *call.Call, who *call.Identity) {
	claim, t := who.Claim, c.Theory
	who.Identity = j.Keys.Identify(claim.SecretID, claim.Token, c.At)
	unknown := errors.Is(who.KeyErr, keyring.ErrUnknownKey)
	switch {
	case t == nil:
	case t.Secret != "" && unknown: // taken for a key of the bucket's owner
		who.Key, who.KeyErr = keyring.Key{SecretID: t.SecretID, SecretKey: t.Secret, AppID: c.Addr.AppID}, nil
	case t.Secret != "":
		who.Key.SecretKey = t.Secret
	case t.Offline && unknown && keyring.IsSecretID(claim.SecretID):
		who.Key, who.KeyErr, who.Unchecked = keyring.Key{SecretID: claim.SecretID}, nil, true
	}
}

// VerifyOptions are the readings of the address that the signature of a key of the
// account may use.
func (j *Judge) VerifyOptions(c *call.Call, account string) signer.VerifyOptions {
	host, path := c.Request.Host, c.Request.Path // not c itself: it need not outlive the check
	return signer.VerifyOptions{PathPrefix: c.Addr.PathPrefix, Bucket: signedBucket(&c.Addr), LocalPort: j.Port, Allows: func(how signer.Reading) bool {
		return j.Env.Resolver.SameMeaning(host, path, how, func(bucket string) bool { return isOnlyBucket(j.Env.Store, account, bucket) })
	}}
}

// isOnlyBucket reports whether the account has this bucket and no other.
func isOnlyBucket(st *storage.Store, account, bucket string) bool {
	name, only := st.OnlyBucket(account)
	return only && name == bucket && account != ""
}

func checkTime(c *call.Call, claim *signer.Claim) *coserr.Error {
	if err := claim.CheckTime(c.At); err != nil {
		var te *signer.TimeError
		if errors.As(err, &te) && te.Kind != signer.TimeExpired {
			return coserr.New(coserr.RequestTimeTooSkewed).WithServerTime(c.At)
		}
		return coserr.New(coserr.AccessDenied).WithMessage(coserr.MessageExpired).WithServerTime(c.At)
	}
	if signedDateOff(c.HTTP.Header, claim, c.At) {
		return coserr.New(coserr.RequestTimeTooSkewed).WithServerTime(c.At)
	}
	return nil
}

// signedDateOff reports whether a signed Date header is too far from the emulator's
// time (choice 52).
func signedDateOff(h http.Header, claim *signer.Claim, now time.Time) bool {
	date := call.First(h, "Date")
	if date == "" || claim.Family != signer.QSign || !slices.Contains(claim.HeaderList, "date") {
		return false
	}
	at, err := http.ParseTime(textproto.TrimString(date))
	return err == nil && now.Sub(at).Abs() > signer.MaxSkew
}

// Expired checks again, while a body is transferred, whether signature and key are
// still valid. The answer is that to an expired request (choice 203).
func (j *Judge) Expired(c *call.Call) *coserr.Error {
	now, claim := j.Env.Now(c.Account), c.Who.Claim
	c.Out.CutAt = now
	var te *signer.TimeError
	if errors.As(claim.CheckTime(now), &te) && te.Kind == signer.TimeExpired {
		return coserr.New(coserr.AccessDenied).WithMessage(coserr.MessageExpired).WithServerTime(now)
	}
	if who := j.Keys.Identify(claim.SecretID, claim.Token, now); errors.Is(who.KeyErr, keyring.ErrTokenExpired) {
		c.Out.CutBy = who.KeyErr
		return who.Refusal()
	}
	if c.Auth != nil {
		return c.Auth.CheckPolicy(now)
	}
	return nil
}
