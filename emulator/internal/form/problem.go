package form

import (
	"errors"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// policyError is why a policy is invalid, or which of its conditions fails. It is the cause of
// InvalidPolicyDocument, whose message is always the same, and of AccessDenied.
type policyError struct{ diagnose.FormProblem }

// Error returns the English text.
func (e *policyError) Error() string {
	switch {
	case e.Unmet != nil:
		return "the condition on " + e.Unmet.Field + " is not met"
	case !e.Expired.IsZero():
		return "the policy expired at " + e.Expired.UTC().Format(time.RFC3339)
	case e.Missing:
		return "the form is signed, but has no policy"
	case e.Condition != "":
		return "there is no condition on " + e.Condition
	}
	return e.Member + " " + e.Detail.En
}

// ProblemOf returns what is wrong with the policy of a refused form, or nil for any other error.
func ProblemOf(err *coserr.Error) *diagnose.FormProblem {
	var p *policyError
	if err == nil || !errors.As(err, &p) {
		return nil
	}
	return &p.FormProblem
}

func unreadable(member, en, zh string) error {
	return &policyError{diagnose.FormProblem{Member: member, Detail: diagnose.Text{En: en, Zh: zh}}}
}

// within adds the member of the policy to an error.
func within(member string, err error) error {
	var p *policyError
	if !errors.As(err, &p) {
		return unreadable(member, "is no valid JSON: "+err.Error(), "不是有效的 JSON："+err.Error())
	}
	inner := *p
	inner.Member = member
	return &inner
}

// notBase64 returns an error that describes the wrong form of a policy that is not base64.
func notBase64(field string) error {
	switch text := strings.TrimSpace(field); {
	case strings.HasPrefix(text, "{"):
		return unreadable("policy", "is JSON, not the base64 of it", "是 JSON，没有做 base64 编码")
	case strings.HasPrefix(text, "%7B") || strings.Contains(text, "%3D"):
		return unreadable("policy", "is percent-encoded", "做了 URL 编码")
	case strings.ContainsAny(text, "-_"):
		return unreadable("policy", "is base64 with '-' and '_'; the standard alphabet has '+' and '/'", "是 URL 安全的 base64（含 “-” 或 “_”），应该用标准字母表（“+” 和 “/”）")
	case strings.Contains(text, " "):
		return unreadable("policy", "has blanks in its base64: a '+' was decoded as a form's", "的 base64 里有空格：“+” 被按表单解码了")
	case len(text)%4 != 0 && !strings.HasSuffix(text, "="):
		return unreadable("policy", "is base64 without its padding ('=') or cut off", "的 base64 少了末尾的 “=”，或被截断")
	}
	return unreadable("policy", "is no base64", "不是 base64")
}
