package sts

import (
	"strconv"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// Explain says why a request was refused at a time, if there is a mistake in its
// signing or a right is missing. The other messages speak for themselves. others
// gives further key pairs, one of which may have signed.
func Explain(q *Request, v *Verdict, now time.Time, others func() []signer.Credentials) (f diagnose.Finding, found bool) {
	if v.Err == nil {
		return f, false
	}
	switch v.Err.Code {
	case UnauthorizedAction:
		if v.Denied == nil {
			return f, false
		}
		return diagnose.ExplainPolicy(v.Denied), true
	case SecretIDNotFound:
		return wordsKeyUnknown.Finding(diagnose.Values{}), true
	case TokenFailure:
		return tokenFinding(v), true
	case SignatureExpire:
		return timeFinding(q.Timestamp, now), true
	case SignatureFailure:
		return signatureFinding(q, v, others()), true
	}
	return f, false
}

func tokenFinding(v *Verdict) diagnose.Finding {
	switch keyring.State(v.Who.KeyErr) {
	case diagnose.KeyTokenMissing:
		return wordsTokenMissing.Finding(diagnose.Values{})
	case diagnose.KeyTokenExpired:
		return wordsTokenExpired.Finding(said(v.Who.Key.Expires.UTC().Format(time.RFC3339)))
	case diagnose.KeyFound, diagnose.KeyNotFound, diagnose.KeyTokenUnknown:
	}
	return wordsTokenUnknown.Finding(diagnose.Values{})
}

// said is a value that is the same in all languages.
func said(value string) diagnose.Values {
	return diagnose.Values{Detail: diagnose.Text{En: value, Zh: value}}
}

// timeFinding tells a clock that is off from a time in milliseconds.
func timeFinding(stamp string, now time.Time) diagnose.Finding {
	seconds, _ := strconv.ParseInt(stamp, 10, 64) // checkCommon has read it
	off := now.Sub(time.Unix(seconds, 0))
	switch {
	case now.Sub(time.UnixMilli(seconds)).Abs() < 24*time.Hour:
		return wordsTimeUnit.Finding(diagnose.Values{})
	case off > 0:
		return wordsBehind.Finding(said(off.Round(time.Second).String()))
	}
	return wordsAhead.Finding(said((-off).Round(time.Second).String()))
}

// signatureFinding looks for the secret that signed: the pair's own with a blank
// at an end, that of another pair, or the SecretId in its place.
func signatureFinding(q *Request, v *Verdict, others []signer.Credentials) diagnose.Finding {
	secret := v.Who.Key.SecretKey
	for _, blank := range []string{" ", "\n", "\r\n", "\t"} {
		if q.SignedWith(secret+blank) || q.SignedWith(blank+secret) {
			f := wordsSecretBlank.Finding(diagnose.Values{})
			f.Proven = true
			return f
		}
	}
	for _, other := range append(others, signer.Credentials{SecretID: q.SecretID, SecretKey: q.SecretID}) {
		if q.SignedWith(other.SecretKey) {
			f := wordsSecretOther.Finding(said(other.SecretID))
			f.Proven = true
			return f
		}
	}
	return wordsUnknown.Finding(diagnose.Values{})
}

// What is said of a request that STS refused.
var (
	wordsKeyUnknown = diagnose.Message{
		ID:       diagnose.KeyUnknown,
		Sentence: diagnose.Text{En: "This SecretId does not exist here.", Zh: "这里没有这个 SecretId。"},
		Advice: diagnose.Text{
			En: "Use a key pair that cosemu knows (--credentials), or add this one.",
			Zh: "请使用 cosemu 知道的密钥（--credentials），或者添加这一个。",
		},
	}
	wordsTokenMissing = diagnose.Message{
		ID: diagnose.TokenMissing,
		Sentence: diagnose.Text{
			En: "This SecretId belongs to a temporary key, but the request has no token.",
			Zh: "这个 SecretId 属于临时密钥，请求却没有带 Token。",
		},
		Advice: diagnose.Text{
			En: "Send the token as Token (signature v1) or X-TC-Token (v3).",
			Zh: "请用 Token（签名 v1）或 X-TC-Token（v3）带上 Token。",
		},
	}
	wordsTokenExpired = diagnose.Message{
		ID:       diagnose.TokenExpired,
		Sentence: diagnose.Text{En: "The temporary key expired at {detail}.", Zh: "临时密钥已于 {detail} 过期。"},
		Advice: diagnose.Text{
			En: "Ask with a permanent key, or get a new temporary one.",
			Zh: "请使用永久密钥，或重新获取临时密钥。",
		},
	}
	wordsTokenUnknown = diagnose.Message{
		ID: diagnose.TokenUnknown,
		Sentence: diagnose.Text{
			En: "The token in the request does not belong to this SecretId.",
			Zh: "请求带的 Token 不是这个 SecretId 的。",
		},
		Advice: diagnose.Text{
			En: "A permanent key has no token; all three parts of a temporary one come from the same answer.",
			Zh: "永久密钥没有 Token；临时密钥的三个部分要取自同一次响应。",
		},
	}
	wordsTimeUnit = diagnose.Message{
		ID:       diagnose.TimeUnit,
		Sentence: diagnose.Text{En: "Timestamp is in milliseconds.", Zh: "Timestamp 用了毫秒。"},
		Advice:   diagnose.Text{En: "Send it in whole seconds.", Zh: "请使用秒。"},
	}
	wordsBehind = diagnose.Message{
		ID: diagnose.Expired,
		Sentence: diagnose.Text{
			En: "Timestamp is {detail} behind the server's time.",
			Zh: "Timestamp 比服务器时间慢 {detail}。",
		},
		Advice: wordsClock,
	}
	wordsAhead = diagnose.Message{
		ID: diagnose.NotYetValid,
		Sentence: diagnose.Text{
			En: "Timestamp is {detail} ahead of the server's time.",
			Zh: "Timestamp 比服务器时间快 {detail}。",
		},
		Advice: wordsClock,
	}
	wordsClock = diagnose.Text{
		En: "Set the clock that signs; five minutes are allowed.",
		Zh: "请校准签名所用的时钟；允许相差五分钟。",
	}
	wordsSecretBlank = diagnose.Message{
		ID: diagnose.SecretWhitespace,
		Sentence: diagnose.Text{
			En: "The SecretKey has a stray blank or line break.",
			Zh: "SecretKey 首尾多了空白或换行。",
		},
		Advice: diagnose.Text{
			En: "Trim the SecretKey where it is read.",
			Zh: "读取 SecretKey 时请去掉首尾空白。",
		},
	}
	wordsSecretOther = diagnose.Message{
		ID: diagnose.SecretOther,
		Sentence: diagnose.Text{
			En: "The request was signed with the SecretKey of {detail}.",
			Zh: "签名用的是 {detail} 的 SecretKey。",
		},
		Advice: diagnose.Text{
			En: "SecretId and SecretKey belong together.",
			Zh: "SecretId 和 SecretKey 要配套使用。",
		},
	}
	wordsUnknown = diagnose.Message{
		ID: diagnose.Unknown,
		Sentence: diagnose.Text{
			En: "Signing what arrived with this SecretKey does not give this signature.",
			Zh: "用这个 SecretKey 对实际收到的内容签名，得不到这个签名。",
		},
		Advice: diagnose.Text{
			En: "Most likely the SecretKey is another one, or something changed the request after it was signed: its host, a parameter, the body.",
			Zh: "最可能是 SecretKey 不对，或签名后请求被改动：域名、参数或请求体。",
		},
	}
)
