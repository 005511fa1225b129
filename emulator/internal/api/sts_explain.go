package api

import (
	"strconv"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/emulator/internal/sts"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// explainSTS says why STS refused, where there is a mistake of the client's
// signing to be found; the other messages speak for themselves.
func (e *Emulator) explainSTS(c *call, q *sts.Request, v *sts.Verdict) {
	if v.Err == nil {
		return
	}
	found, ok := diagnose.Finding{}, true
	switch v.Err.Code {
	case sts.UnauthorizedAction:
		if ok = v.Denied != nil; ok {
			found = diagnose.ExplainPolicy(roleRefusal(v.Denied))
		}
	case sts.SecretIDNotFound:
		found = finding(diagnose.KeyUnknown,
			"Nobody has this SecretId here.", "这里没有这个 SecretId。",
			"Use a key pair that cosemu knows (--credentials), or add this one.", "请使用 cosemu 知道的密钥（--credentials），或者添加这一个。")
	case sts.TokenFailure:
		found = tokenFinding(v)
	case sts.SignatureExpire:
		found = timeFinding(q.Timestamp, c.at)
	case sts.SignatureFailure:
		found = e.signatureFinding(q, v)
	default:
		ok = false
	}
	if !ok {
		return
	}
	c.found(found)
}

func finding(id diagnose.ID, en, zh, adviceEn, adviceZh string) diagnose.Finding {
	return diagnose.Finding{ID: id, Sentence: diagnose.Text{En: en, Zh: zh}, Advice: diagnose.Text{En: adviceEn, Zh: adviceZh}}
}

// roleRefusal is what kept a key from assuming a role.
func roleRefusal(d *sts.Denial) *diagnose.PolicyRefusal {
	r := &diagnose.PolicyRefusal{
		Action: d.Action, Resource: d.Resource, Source: diagnose.IdentityPolicy,
		Denied: d.Decision.Effect == policy.Deny, Statement: statementName(d.Decision.Statement),
	}
	if d.Session {
		r.Source = diagnose.SessionPolicy
	}
	if r.Denied {
		return r
	}
	r.Suggestion = pasteable(d.Suggestion)
	if d.Decision.Missing == nil {
		r.Statement = ""
		return r
	}
	r.Missing.En, r.Missing.Zh = d.Decision.Missing.Describe()
	return r
}

func tokenFinding(v *sts.Verdict) diagnose.Finding {
	switch keyState(v.KeyErr) {
	case diagnose.KeyTokenMissing:
		return finding(diagnose.TokenMissing,
			"The SecretId is that of a temporary key, and its token did not come with the request.", "这个 SecretId 属于临时密钥，请求却没有带 Token。",
			"Send the token as Token (signature v1) or X-TC-Token (v3).", "请用 Token（签名 v1）或 X-TC-Token（v3）带上 Token。")
	case diagnose.KeyTokenExpired:
		return finding(diagnose.TokenExpired,
			"The temporary key is over since "+v.Key.Expires.UTC().Format(time.RFC3339)+".", "临时密钥已于 "+v.Key.Expires.UTC().Format(time.RFC3339)+" 过期。",
			"Ask with a permanent key, or get a new temporary one.", "请使用永久密钥，或重新获取临时密钥。")
	}
	return finding(diagnose.TokenUnknown,
		"The token that came is not that of the SecretId.", "请求带的 Token 不是这个 SecretId 的。",
		"A permanent key has no token; all three parts of a temporary one come from the same answer.", "永久密钥没有 Token；临时密钥的三个部分要取自同一次响应。")
}

// timeFinding tells a clock that is off from a time in another unit.
func timeFinding(stamp string, now time.Time) diagnose.Finding {
	seconds, _ := strconv.ParseInt(stamp, 10, 64) // read before
	off := now.Sub(time.Unix(seconds, 0))
	switch {
	case now.Sub(time.UnixMilli(seconds)).Abs() < 24*time.Hour:
		return finding(diagnose.TimeUnit, "Timestamp is in milliseconds.", "Timestamp 用了毫秒。", "Send it in whole seconds.", "请使用秒。")
	case off > 0:
		return finding(diagnose.Expired,
			"Timestamp is "+off.Round(time.Second).String()+" behind the server's time.", "Timestamp 比服务器时间慢 "+off.Round(time.Second).String()+"。",
			"Set the clock that signs; five minutes are allowed.", "请校准签名所用的时钟；允许相差五分钟。")
	}
	return finding(diagnose.NotYetValid,
		"Timestamp is "+(-off).Round(time.Second).String()+" ahead of the server's time.", "Timestamp 比服务器时间快 "+(-off).Round(time.Second).String()+"。",
		"Set the clock that signs; five minutes are allowed.", "请校准签名所用的时钟；允许相差五分钟。")
}

// signatureFinding looks for the secret that signed: the pair's own with a
// stray blank, or that of another pair.
func (e *Emulator) signatureFinding(q *sts.Request, v *sts.Verdict) diagnose.Finding {
	for _, stray := range []string{" ", "\n", "\r\n", "\t"} {
		for _, secret := range []string{v.Key.SecretKey + stray, stray + v.Key.SecretKey} {
			if q.SignedWith(secret) {
				f := finding(diagnose.SecretWhitespace, "The SecretKey has a stray blank or line break.", "SecretKey 首尾多了空白或换行。",
					"Trim the SecretKey where it is read.", "读取 SecretKey 时请去掉首尾空白。")
				f.Proven = true
				return f
			}
		}
	}
	for _, other := range append(e.otherKeys(q.SecretID), signer.Credentials{SecretID: q.SecretID, SecretKey: q.SecretID}) {
		if q.SignedWith(other.SecretKey) {
			f := finding(diagnose.SecretOther,
				"It was signed with the secret of "+other.SecretID+".", "它是用 "+other.SecretID+" 的密钥签的。",
				"SecretId and SecretKey belong together.", "SecretId 和 SecretKey 要配套使用。")
			f.Proven = true
			return f
		}
	}
	return finding(diagnose.Unknown,
		"The signature is not that of this SecretKey over what arrived.", "用这个 SecretKey 对收到的内容签名，得不到这个签名。",
		"Most likely the SecretKey is another one, or something changed the request after it was signed: its host, a parameter, the body.",
		"最可能是 SecretKey 不对，或签名后请求被改动：域名、参数或正文。")
}
