package policy

import (
	"fmt"
	"strings"
)

// Describe says in a sentence which statement decided, in English and in Chinese.
func (d Decision) Describe() (en, zh string) {
	switch {
	case d.Effect == Allow:
		return fmt.Sprintf("statement[%d] allows it", d.Statement), fmt.Sprintf("statement[%d] 允许这个请求", d.Statement)
	case d.Effect == Deny:
		return fmt.Sprintf("statement[%d] denies it", d.Statement), fmt.Sprintf("statement[%d] 拒绝了这个请求", d.Statement)
	case d.Missing == nil:
		return "no statement allows anything", "没有任何 statement 允许任何请求"
	}
	en, zh = d.Missing.Describe()
	return fmt.Sprintf("no statement allows it; the closest, statement[%d], %s", d.Statement, en),
		fmt.Sprintf("没有 statement 允许这个请求；最接近的 statement[%d] %s", d.Statement, zh)
}

// Describe says what the statement has and what the request has, in English and
// in Chinese: the rest of a sentence that begins with the statement. Values are
// shortened and quoted.
func (m *Missing) Describe() (en, zh string) {
	want, wantZh := quote(m.Want, " or ", " and %d more"), quote(m.Want, " 或 ", "，另有 %d 个")
	got := quote(m.Got, ", ", " and %d more")
	switch m.What {
	case MissedAction:
		en, zh = fmt.Sprintf("allows the action %s, not %s", want, got), fmt.Sprintf("允许的操作是 %s，而不是 %s", wantZh, got)
	case MissedResource:
		en, zh = fmt.Sprintf("covers the resource %s, not %s", want, got), fmt.Sprintf("的资源是 %s，不包括 %s", wantZh, got)
	case MissedPrincipal:
		en, zh = fmt.Sprintf("is for %s, not for %s", want, got), fmt.Sprintf("授权给 %s，而不是 %s", wantZh, got)
	default:
		en, zh = m.describeCondition(want, wantZh)
	}
	for i, w := range m.Also {
		if i == 0 {
			en, zh = en+", and its ", zh+"，并且它的 "
		} else {
			en, zh = en+" and ", zh+"、"
		}
		en, zh = en+w.String(), zh+w.String()
		if i == len(m.Also)-1 {
			verb, verbZh := " does not fit either", " 也不符合"
			if i > 0 {
				verb = " do not fit either"
			}
			en, zh = en+verb, zh+verbZh
		}
	}
	hintEn, hintZh := m.Hint.describe()
	return en + hintEn, zh + hintZh
}

func (m *Missing) describeCondition(want, wantZh string) (en, zh string) {
	name := quoted(m.Key) + " " + m.Operator
	en, zh = "wants "+name+" "+want, "要求 "+name+" "+wantZh
	switch {
	case m.Got == nil:
		return en + ", and the request has no such value", zh + "，而请求里没有这个值"
	case len(m.Got) == 0:
		return en + ", and the request has an empty list there", zh + "，而请求里是空列表"
	}
	got := quote(m.Got, ", ", " and %d more")
	return en + ", and the request has " + got, zh + "，而请求里是 " + got
}

// describe ends the sentence.
func (h Hint) describe() (en, zh string) {
	switch h {
	case HintLetterCase:
		return ": they differ in letter case, which counts", "：两者大小写不同，而大小写是区分的"
	case HintUnknownKey:
		return ": COS knows no such key, so every request lacks it", "：COS 没有这个条件键，所以任何请求都不带它"
	case HintNotEncoded:
		return ": the value of a request parameter must be URL-encoded in a policy", "：来自请求参数的条件值必须先做 URL 编码再写进策略"
	case HintRegion:
		return ": only the region differs", "：只有地域不同"
	case HintOwner:
		return ": only the owner differs", "：只有资源拥有者不同"
	case HintPrefix:
		return ": the keys were listed without that prefix", "：列出对象时没有带这个前缀"
	}
	return "", ""
}

// shown is how many values a sentence lists.
const shown = 5

// quote lists values within bounds: they come from clients and go into logs.
func quote(values []string, or, more string) string {
	var b strings.Builder
	for i, v := range values {
		if i == shown {
			fmt.Fprintf(&b, more, len(values)-shown)
			break
		}
		if i > 0 {
			b.WriteString(or)
		}
		b.WriteString(quoted(v))
	}
	return b.String()
}

// quoted is a value as it is if it is short and plain, else shortened and in
// quotes.
func quoted(s string) string {
	const longest = 160
	plain := s != "" && len(s) <= longest && strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f && r < 0xa0 || r == '"' || r == '\uFFFD' || r >= 0x2000 && r < 0x2100
	}) < 0
	if plain {
		return s
	}
	return fmt.Sprintf("%.160q", s)
}
