package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// The bounds of a fault (choice 760).
const (
	MaxWait    = 10 * time.Minute // of delay and stall
	MaxStale   = 24 * time.Hour
	MaxCount   = 1_000_000_000 // of skip and times
	maxBytes   = 1 << 50       // of after_bytes and bytes_per_second
	maxMessage = 1024
)

// Problem is what is wrong with a planned fault.
type Problem struct {
	Field string // its name in the control API
	Text  diagnose.Text
}

// Error implements error, in English.
func (p *Problem) Error() string { return p.Field + ": " + p.Text.En }

func problem(field, en, zh string, args ...any) *Problem {
	return &Problem{field, diagnose.Text{En: fmt.Sprintf(en, args...), Zh: fmt.Sprintf(zh, args...)}}
}

// Unreadable is the problem of a document that cannot be read as one of known fields.
func Unreadable(err error, known []string) *Problem {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return problem(kind.Field, "%s is no value for it; want %s", "%s 不能作为它的值；应为 %s", kind.Value, kind.Type)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if plain, err := strconv.Unquote(name); err == nil {
			name = plain
		}
		return problem(shorten(name), "there is no such field; there are %s", "没有这个字段；可用的有 %s", strings.Join(known, ", "))
	}
	return problem("fault", "want an object such as {\"fault\":\"delay\",\"for\":\"2s\"}", "应为对象，例如 {\"fault\":\"delay\",\"for\":\"2s\"}")
}

// OtherAccount is the problem of two accounts that differ.
func OtherAccount(said, parameter string) *Problem {
	return problem("account", "it is %.20s here and %.20s in the query", "这里是 %.20s，请求参数中是 %.20s", said, parameter)
}

// shorten bounds a name that a client chose.
func shorten(name string) string {
	const most = 60
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}

// Check completes a spec, and returns the first thing that is wrong with it, a
// *Problem. given are the arguments that somebody wrote down, zero or not.
// operations are those that COS has.
func (s *Spec) Check(operations []string, given []Argument) error {
	if s.When == "" {
		s.When = After
	}
	s.Method = strings.ToUpper(s.Method)
	for _, check := range []func() *Problem{
		s.checkWord, func() *Problem { return s.checkArguments(given) },
		func() *Problem { return s.checkSelector(operations) }, s.checkCounts, s.checkValues,
	} {
		if p := check(); p != nil {
			return p
		}
	}
	return nil
}

func (s *Spec) checkWord() *Problem {
	if !slices.Contains(Words(), s.Word) {
		known := join(Words())
		if s.Word == "" {
			return problem("fault", "name the fault: %s", "请写明故障：%s", known)
		}
		return problem("fault", "there is no fault %.40q; there are %s", "没有故障 %.40q；可用的有 %s", string(s.Word), known)
	}
	if s.When != Before && s.When != After {
		return problem("when", "%.40q is neither before nor after", "%.40q 既不是 before 也不是 after", string(s.When))
	}
	return nil
}

// checkArguments refuses arguments of another fault, and finds missing ones.
func (s *Spec) checkArguments(given []Argument) *Problem {
	takes, needs := s.Word.Arguments()
	for _, a := range given {
		switch {
		case slices.Contains(takes, a):
		case len(takes) == 0:
			return problem(string(a), "the fault %s takes no arguments", "故障 %s 不带参数", s.Word)
		default:
			return problem(string(a), "the fault %s takes no %s; it takes %s", "故障 %s 没有参数 %s；可用的有 %s", s.Word, a, join(takes))
		}
	}
	for _, a := range needs {
		if !slices.Contains(given, a) {
			return problem(string(a), "the fault %s needs %s", "故障 %s 需要参数 %s", s.Word, a)
		}
	}
	return nil
}

func (s *Spec) checkSelector(operations []string) *Problem {
	switch {
	case strings.Trim(s.Account, "0123456789") != "" || len(s.Account) > 20:
		return problem("account", "%.40q is no APPID", "%.40q 不是 APPID", s.Account)
	case s.Operation != "" && !slices.Contains(operations, s.Operation):
		return problem("operation", "there is no operation %.60q; there are %s", "没有操作 %.60q；可用的有 %s",
			s.Operation, strings.Join(operations, ", "))
	case s.Word == Stale && s.Operation != "" && s.Operation != listing && s.Operation != heading:
		return problem("operation", "only %s and %s can be stale", "只有 %s 和 %s 可以返回旧数据", listing, heading)
	case s.Word == Stale && s.When == Before:
		return problem("when", "stale is an answer of the operation, which runs after the checks", "stale 影响操作的响应，而操作在各项检查之后执行")
	case s.Method != "" && !slices.Contains(methods(), s.Method):
		return problem("method", "there is no method %.40q; there are %s", "没有方法 %.40q；可用的有 %s", s.Method, strings.Join(methods(), ", "))
	case s.Bucket != "" && addr.ValidBucket(s.Bucket) != nil:
		return problem("bucket", "want the full name with the APPID, such as photos-1250000001", "请写带 APPID 的完整名称，例如 photos-1250000001")
	case s.Bucket != "" && s.Account != "" && addr.AppID(s.Bucket) != s.Account:
		return problem("bucket", "the bucket belongs to another account than %s", "存储桶不属于账号 %s", s.Account)
	case len(s.Key) > addr.MaxKey+1:
		return problem("key", "a key has at most %d bytes", "对象键最多 %d 字节", addr.MaxKey)
	}
	return nil
}

func methods() []string {
	return []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodOptions}
}

func (s *Spec) checkCounts() *Problem {
	for _, n := range []struct {
		field     string
		value     int64
		low, most int64
	}{
		{"skip", s.Skip, 0, MaxCount},
		{"times", s.Times, 0, MaxCount},
		{"after_bytes", s.AfterBytes, 0, maxBytes},
	} {
		if n.value < n.low || n.value > n.most {
			return outside(n.field, n.low, n.most)
		}
	}
	if s.Word == Throttle && (s.BytesPerSecond < 1 || s.BytesPerSecond > maxBytes) {
		return outside("bytes_per_second", 1, maxBytes)
	}
	if s.Of != "" && s.Of != OfRequest && s.Of != OfResponse {
		return problem("of", "%.40q is neither request nor response", "%.40q 既不是 request 也不是 response", string(s.Of))
	}
	return nil
}

func outside(field string, low, most int64) *Problem {
	return problem(field, "want a number from %d to %d", "应为 %d 到 %d 的数字", low, most)
}

func (s *Spec) checkValues() *Problem {
	most := MaxWait
	switch s.Word {
	case Stale:
		most = MaxStale
		fallthrough
	case Delay, Stall:
		if s.For <= 0 || s.For > most {
			return problem("for", "want a duration up to %s, such as 500ms or 30s", "应为不超过 %s 的时长，例如 500ms 或 30s", most)
		}
	case Answer:
		return s.checkAnswer()
	case Close, Throttle, WrongCRC64, WrongETag, Corrupt:
	}
	return nil
}

func (s *Spec) checkAnswer() *Problem {
	if !coserr.Known(s.Code) {
		return problem("code", "the table of codes has no %.60q; it has %s", "错误码表中没有 %.60q；可用的有 %s",
			s.Code, strings.Join(coserr.Codes(), ", "))
	}
	switch {
	case s.Status == 0:
	case s.Status < 200 || s.Status > 599, s.Status == http.StatusNoContent, s.Status == http.StatusResetContent, s.Status == http.StatusNotModified:
		return problem("status", "want a status from 200 to 599 whose answer has a body (not 204, 205 or 304)",
			"应为 200 到 599 中响应带正文的状态码（不能是 204、205、304）")
	}
	if len(s.Message) > maxMessage {
		return problem("message", "a message has at most %d bytes", "message 最多 %d 字节", maxMessage)
	}
	return nil
}

// join lists words.
func join[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = string(s)
	}
	return strings.Join(texts, ", ")
}
