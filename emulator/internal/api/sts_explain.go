package api

import (
	"strconv"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// explainSTS says why STS refused, where there is a mistake of the client's
// signing to be found; the other messages speak for themselves.
func (e *Emulator) explainSTS(c *call.Call, q *sts.Request, v *sts.Verdict) {
	if v.Err == nil {
		return
	}
	f, ok := diagnose.Finding{}, true
	switch v.Err.Code {
	case sts.UnauthorizedAction:
		if ok = v.Denied != nil; ok {
			f = diagnose.ExplainPolicy(v.Denied)
		}
	case sts.SecretIDNotFound:
		f = wordsSTSKeyUnknown.Finding(diagnose.Values{})
	case sts.TokenFailure:
		f = tokenFinding(v)
	case sts.SignatureExpire:
		f = timeFinding(q.Timestamp, c.At)
	case sts.SignatureFailure:
		f = e.signatureFinding(q, v)
	default:
		ok = false
	}
	if !ok {
		return
	}
	found(c, f)
}

func tokenFinding(v *sts.Verdict) diagnose.Finding {
	switch keyState(v.KeyErr) {
	case diagnose.KeyTokenMissing:
		return wordsSTSTokenMissing.Finding(diagnose.Values{})
	case diagnose.KeyTokenExpired:
		return wordsSTSTokenExpired.Finding(said(v.Key.Expires.UTC().Format(time.RFC3339)))
	case diagnose.KeyFound, diagnose.KeyNotFound, diagnose.KeyTokenUnknown:
	}
	return wordsSTSTokenUnknown.Finding(diagnose.Values{})
}

// said is a value that no language changes.
func said(value string) diagnose.Values {
	return diagnose.Values{Detail: diagnose.Text{En: value, Zh: value}}
}

// timeFinding tells a clock that is off from a time in another unit.
func timeFinding(stamp string, now time.Time) diagnose.Finding {
	seconds, _ := strconv.ParseInt(stamp, 10, 64) // read before
	off := now.Sub(time.Unix(seconds, 0))
	switch {
	case now.Sub(time.UnixMilli(seconds)).Abs() < 24*time.Hour:
		return wordsSTSTimeUnit.Finding(diagnose.Values{})
	case off > 0:
		return wordsSTSBehind.Finding(said(off.Round(time.Second).String()))
	}
	return wordsSTSAhead.Finding(said((-off).Round(time.Second).String()))
}

// signatureFinding looks for the secret that signed: the pair's own with a
// stray blank, or that of another pair.
func (e *Emulator) signatureFinding(q *sts.Request, v *sts.Verdict) diagnose.Finding {
	for _, stray := range []string{" ", "\n", "\r\n", "\t"} {
		for _, secret := range []string{v.Key.SecretKey + stray, stray + v.Key.SecretKey} {
			if q.SignedWith(secret) {
				f := wordsSTSSecretBlank.Finding(diagnose.Values{})
				f.Proven = true
				return f
			}
		}
	}
	for _, other := range append(e.otherKeys(q.SecretID), signer.Credentials{SecretID: q.SecretID, SecretKey: q.SecretID}) {
		if q.SignedWith(other.SecretKey) {
			f := wordsSTSSecretOther.Finding(said(other.SecretID))
			f.Proven = true
			return f
		}
	}
	return wordsSTSUnknown.Finding(diagnose.Values{})
}

// What is said of a request that STS refused.
var (
	wordsSTSKeyUnknown = diagnose.Message{
		ID:       diagnose.KeyUnknown,
		Sentence: diagnose.Text{En: "This SecretId does not exist here.", Zh: "这里没有这个 SecretId。"},
		Advice: diagnose.Text{
			En: "Use a key pair that cosemu knows (--credentials), or add this one.",
			Zh: "请使用 cosemu 知道的密钥（--credentials），或者添加这一个。",
		},
	}
	wordsSTSTokenMissing = diagnose.Message{
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
	wordsSTSTokenExpired = diagnose.Message{
		ID:       diagnose.TokenExpired,
		Sentence: diagnose.Text{En: "The temporary key expired at {detail}.", Zh: "临时密钥已于 {detail} 过期。"},
		Advice: diagnose.Text{
			En: "Ask with a permanent key, or get a new temporary one.",
			Zh: "请使用永久密钥，或重新获取临时密钥。",
		},
	}
	wordsSTSTokenUnknown = diagnose.Message{
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
	wordsSTSTimeUnit = diagnose.Message{
		ID:       diagnose.TimeUnit,
		Sentence: diagnose.Text{En: "Timestamp is in milliseconds.", Zh: "Timestamp 用了毫秒。"},
		Advice:   diagnose.Text{En: "Send it in whole seconds.", Zh: "请使用秒。"},
	}
	wordsSTSBehind = diagnose.Message{
		ID: diagnose.Expired,
		Sentence: diagnose.Text{
			En: "Timestamp is {detail} behind the server's time.",
			Zh: "Timestamp 比服务器时间慢 {detail}。",
		},
		Advice: wordsSTSClock,
	}
	wordsSTSAhead = diagnose.Message{
		ID: diagnose.NotYetValid,
		Sentence: diagnose.Text{
			En: "Timestamp is {detail} ahead of the server's time.",
			Zh: "Timestamp 比服务器时间快 {detail}。",
		},
		Advice: wordsSTSClock,
	}
	wordsSTSClock = diagnose.Text{
		En: "Set the clock that signs; five minutes are allowed.",
		Zh: "请校准签名所用的时钟；允许相差五分钟。",
	}
	wordsSTSSecretBlank = diagnose.Message{
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
	wordsSTSSecretOther = diagnose.Message{
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
	wordsSTSUnknown = diagnose.Message{
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
