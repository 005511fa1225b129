package policy_test

import (
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/stretchr/testify/require"
)

// statementWith is a policy whose one statement is good, its condition aside.
func statementWith(condition string) string {
	return `{"version":"2.0","statement":[{"effect":"allow","action":"cos:*","resource":"*","condition":` + condition + `}]}`
}

func TestBadPoliciesSayWhere(t *testing.T) {
	const good = `"effect":"allow","action":"cos:*","resource":"*"`
	one := func(s string) string { return `{"version":"2.0","statement":[{` + s + `}]}` }
	parsed(t, one(good), policy.Session)
	for doc, want := range map[string]struct {
		part policy.Part
		says string
	}{
		``:               {policy.PartSyntax, "policy: the JSON ends too early"},
		`null`:           {policy.PartSyntax, "an object {…} is wanted here, not null"},
		`[]`:             {policy.PartSyntax, "not a list"},
		one(good) + `{}`: {policy.PartSyntax, "something follows the document's end"},
		one(good) + `x`:  {policy.PartSyntax, "something follows the document's end"},
		"{\"version\":\"2.0\",\n\"statement\":[{\n//comment\n}]}":                      {policy.PartSyntax, "statement[0]: no JSON, line 3"},
		`{"version":"2.0","statement":[{"effect":"allow","action":["cos:PutObject",],`: {policy.PartSyntax, "statement[0].action[1]: no JSON, line 1"},
		"{\"version\":\"2.0\",\"statement\":[{" + good + ",\"sid\":\"\xff\"}]}":        {policy.PartSyntax, "it is not UTF-8"},
		`{"statement":[{` + good + `}]}`:                                               {policy.PartVersion, `version: it is missing: want "version": "2.0"`},
		`{"version":2.0,"statement":[{` + good + `}]}`:                                 {policy.PartVersion, "version: a text is wanted here, not a number"},
		`{"version":"1.0","statement":[{` + good + `}]}`:                               {policy.PartVersion, `version: only "2.0" is supported, not "1.0"`},
		`{"version":"2.0"}`:                                                              {policy.PartStatement, "statement: it is missing"},
		`{"version":"2.0","statement":[]}`:                                               {policy.PartStatement, "statement: the list is empty"},
		`{"version":"2.0","statement":{` + good + `}}`:                                   {policy.PartStatement, "statement: a list […] is wanted here, not an object"},
		`{"version":"2.0","statement":["*"]}`:                                            {policy.PartStatement, "statement[0]: an object {…} is wanted here, not a text"},
		`{"version":"2.0","statement":[{` + good + `}],"Statement":[{` + good + `}]}`:    {policy.PartSyntax, "Statement: it stands here twice"},
		`{"version":"2.0","statements":[{` + good + `}]}`:                                {policy.PartSyntax, "statements: there is no such element in a policy"},
		one(good + `,"conditions":{}`):                                                   {policy.PartStatement, "statement[0].conditions: there is no such element"},
		one(good + `,"notAction":"cos:PutObject"`):                                       {policy.PartStatement, "statement[0].notAction: there is no such element"},
		one(good + `,"effect":"deny"`):                                                   {policy.PartStatement, "statement[0].effect: it stands here twice"},
		one(`"action":"cos:*","resource":"*"`):                                           {policy.PartEffect, "statement[0]: effect is missing"},
		one(`"effect":"allow","resource":"*"`):                                           {policy.PartAction, "statement[0]: action is missing"},
		one(`"effect":"allow","action":"*"`):                                             {policy.PartResource, "statement[0]: resource is missing"},
		one(`"effect":"permit","action":"*","resource":"*"`):                             {policy.PartEffect, `statement[0].effect: want allow or deny, not "permit"`},
		one(`"effect":"allow","action":[],"resource":"*"`):                               {policy.PartAction, "statement[0].action: the list is empty"},
		one(`"effect":"allow","action":["cos:*","PutObject"],"resource":"*"`):            {policy.PartAction, `statement[0].action[1]: "PutObject" is no action: want one such as name/cos:PutObject`},
		one(`"effect":"allow","action":"cos:","resource":"*"`):                           {policy.PartAction, `statement[0].action: "cos:" is no action`},
		one(`"effect":"allow","action":[["cos:*"]],"resource":"*"`):                      {policy.PartAction, "statement[0].action[0]: a text is wanted here, not a list"},
		one(`"effect":"allow","action":{"a":{"b":[[[]]]}},"resource":"*"`):               {policy.PartAction, "statement[0].action: a text is wanted here, not an object"},
		one(`"effect":"allow","action":"*","resource":[]`):                               {policy.PartResource, "statement[0].resource: the list is empty"},
		one(`"effect":"allow","action":"*","resource":"examplebucket-1250000000/*"`):     {policy.PartResource, `statement[0].resource: "examplebucket-1250000000/*" is no resource`},
		one(`"effect":"allow","action":"*","resource":["*","qcs::cos:ap-x:uid/1"]`):      {policy.PartResource, "statement[0].resource[1]"},
		one(`"effect":"allow","action":"*","resource":"qcs::cos:ap-x:uid/1:"`):           {policy.PartResource, "statement[0].resource"},
		one(`"effect":"allow","action":"*","resource":"qcs::cos:ap-x:1250000000:b-1/*"`): {policy.PartResource, `"1250000000" is no owner`},
		one(good + `,"principal":"qcs::cam::uin/1:uin/1"`):                               {policy.PartPrincipal, `statement[0].principal: want "*" or {"qcs": […]}`},
		one(good + `,"principal":{"aws":"*"}`):                                           {policy.PartPrincipal, `statement[0].principal.aws: want "qcs" here`},
		one(good + `,"principal":{"qcs":["1250000000"]}`):                                {policy.PartPrincipal, `statement[0].principal.qcs[0]: "1250000000" is no principal`},
		one(good + `,"principal":{}`):                                                    {policy.PartPrincipal, "statement[0].principal: it names nobody"},
		statementWith(`[]`):                                                              {policy.PartCondition, "statement[0].condition: an object {…} is wanted here, not a list"},
		statementWith(`{"StringEquals":{"cos:prefix":"a"}}`):                             {policy.PartCondition, "statement[0].condition.StringEquals: there is no such operator; string_equal perhaps"},
		statementWith(`{"numeric_less_then":{"cos:content-length":1}}`):                  {policy.PartCondition, "statement[0].condition.numeric_less_then: there is no such operator"},
		statementWith(`{"string_equal_if_exsit":{"cos:versionid":""}}`):                  {policy.PartCondition, "there is no such operator"},
		statementWith(`{"null_equal_if_exist":{"cos:versionid":"true"}}`):                {policy.PartCondition, "null_equal has no _if_exist"},
		statementWith(`{"numeric_less_than":{"cos:content-length":"1 MB"}}`):             {policy.PartCondition, `statement[0].condition.numeric_less_than.cos:content-length: numeric_less_than wants a number, not "1 MB"`},
		statementWith(`{"numeric_less_than":{"cos:content-length":[1,"NaN"]}}`):          {policy.PartCondition, `cos:content-length[1]: numeric_less_than wants a number, not "NaN"`},
		statementWith(`{"numeric_less_than":{"cos:content-length":null}}`):               {policy.PartCondition, "a text or a number is wanted here, not null"},
		statementWith(`{"ip_equal":{"qcs:ip":["101.226.***.185"]}}`):                     {policy.PartCondition, `qcs:ip[0]: ip_equal wants an address or a range`},
		statementWith(`{"ip_equal":{"qcs:ip":"10.0.0.0/33"}}`):                           {policy.PartCondition, "ip_equal wants"},
		statementWith(`{"bool_equal":{"cos:secure-transport":"yes"}}`):                   {policy.PartCondition, `bool_equal wants "true" or "false", not "yes"`},
		statementWith(`{"date_less_than":{"qcs:current_time":"tomorrow"}}`):              {policy.PartCondition, "date_less_than wants a time such as"},
		statementWith(`{"string_equal":{}}`):                                             {policy.PartCondition, "statement[0].condition.string_equal: it names no key"},
		statementWith(`{"string_equal":{" ":"a"}}`):                                      {policy.PartCondition, "a key is missing"},
		statementWith(`{"string_equal":{"cos:prefix":[]}}`):                              {policy.PartCondition, "cos:prefix: the list is empty"},
		statementWith(`{"string_equal":"a"}`):                                            {policy.PartCondition, "statement[0].condition.string_equal: an object {…} is wanted here, not a text"},
		statementWith(`{"string_equal":{"a":"1","a":"2"}}`):                              {policy.PartCondition, "string_equal.a: it stands here twice"},
		statementWith(`{"string_equal":{"a":"1"},"string_equal":{"b":"2"}}`):             {policy.PartCondition, "string_equal: it stands here twice"},
	} {
		p, err := policy.Parse([]byte(doc), policy.Session)
		require.Nil(t, p, doc)
		var parse *policy.ParseError
		require.ErrorAs(t, err, &parse, doc)
		require.Contains(t, err.Error(), want.says, doc)
		require.Equal(t, want.part, parse.Part, doc)
	}
}

// However deep a document is nested, and in whatever place, it is refused where
// it leaves the shape of a policy.
func TestDeepNesting(t *testing.T) {
	deep := strings.Repeat("[", 3000) + strings.Repeat("]", 3000)
	for _, doc := range []string{
		deep, `{"version":` + deep + `}`, `{"version":"2.0","statement":` + deep + `}`, statementWith(`{"a":{"b":` + deep + `}}`),
		strings.Repeat(`{"statement":`, 400) + `1` + strings.Repeat("}", 400), `{"sid":` + deep + `}`,
	} {
		_, err := policy.Parse([]byte(doc), policy.Session)
		require.Error(t, err)
		require.Less(t, len(err.Error()), 300)
	}
}

func TestPrincipalIsNeededInABucketsPolicyAlone(t *testing.T) {
	const doc = `{"version":"2.0","statement":[{"principal":"*","effect":"allow","action":"cos:*","resource":"*"},{"effect":"allow","action":"cos:*","resource":"*"}]}`
	parsed(t, doc, policy.Session)
	parsed(t, doc, policy.Identity)
	_, err := policy.Parse([]byte(doc), policy.Bucket)
	require.EqualError(t, err, "policy: statement[1]: a bucket's policy needs a principal, here or at the top")
	parsed(t, strings.Replace(doc, `{"version"`, `{"principal":"*","version"`, 1), policy.Bucket)

	// Elsewhere it does not count (the Node SDK's getPolicy writes one).
	nobody := strings.Replace(doc, `"*"`, `{"qcs":["qcs::cam::uin/1:uin/1"]}`, 1)
	require.Equal(t, 0, parsed(t, nobody, policy.Session).Evaluate(asks(sub, "PutObject", "a", nil)).Statement)
}

// CAM: 语法结构, 6144 characters without blanks; COS: 存储桶策略示例, 20 KB.
func TestLengths(t *testing.T) {
	const head, tail = `{"version":"2.0","principal":"*","statement":[{"effect":"allow","action":"cos:*","resource":"*","sid":"`, `"}]}`
	doc := func(n int, fill string) []byte {
		return []byte(head + strings.Repeat(fill, n-len(head)-len(tail)) + tail)
	}
	for _, where := range []policy.Where{policy.Session, policy.Identity} {
		for _, fill := range []string{"a", "中"} {
			_, err := policy.Parse(doc(policy.MaxCharacters, fill), where)
			require.NoError(t, err)
			_, err = policy.Parse(doc(policy.MaxCharacters+1, fill), where)
			var parse *policy.ParseError
			require.ErrorAs(t, err, &parse)
			require.Equal(t, policy.PartLength, parse.Part)
			require.EqualError(t, err, "policy: it has 6145 characters without blanks; 6144 are allowed")
		}
		_, err := policy.Parse(append(doc(policy.MaxCharacters, "a"), strings.Repeat(" \t\r\n", 2000)...), where)
		require.NoError(t, err, "blanks do not count")
		_, err = policy.Parse(append(doc(policy.MaxCharacters, "a"), strings.Repeat(" ", 1<<20)...), where)
		require.Error(t, err, "but they are not read without end")
	}
	_, err := policy.Parse(doc(policy.MaxBucket, "a"), policy.Bucket)
	require.NoError(t, err)
	_, err = policy.Parse(doc(policy.MaxBucket+1, "a"), policy.Bucket)
	require.EqualError(t, err, "policy: it has 20481 bytes; a bucket's policy may have 20480")
}

// Both letter cases, any order, a byte order mark, texts in place of lists, a
// sid, an empty condition.
func TestWaysToWriteAPolicy(t *testing.T) {
	for _, doc := range []string{
		`{"version":"2.0","statement":[{"effect":"allow","action":"cos:PutObject","resource":"*"}]}`,
		`{"statement":[{"resource":["*"],"action":["cos:PutObject"],"effect":"Allow"}],"version":"2.0"}`,
		`{"Statement":[{"Effect":"allow","Action":["name/cos:PutObject"],"Resource":["*"],"Condition":{},"Sid":"costs-1"}],"version":"2.0"}`,
		"\ufeff" + `{"Version":"2.0","Id":"x","Statement":[{"Effect":"Allow","Action":"cos:PutObject","Resource":"*","Principal":"*"}]}` + "\r\n",
	} {
		require.Equal(t, policy.Allow, parsed(t, doc, policy.Session).Evaluate(asks(sub, "PutObject", "a", nil)).Effect, doc)
		require.Equal(t, policy.None, parsed(t, doc, policy.Session).Evaluate(asks(sub, "GetObject", "a", nil)).Effect, doc)
	}
}

func TestAStatementIsKeptAsItStands(t *testing.T) {
	const first, second = `{ "effect":"allow", "action":"cos:PutObject", "resource":"*" }`, `{"effect":"deny","action":"cos:*","resource":"*","condition":{}}`
	doc := []byte("{\"version\":\"2.0\", \"statement\" : [\n" + first + " ,\t" + second + "\n] }")
	p, err := policy.Parse(doc, policy.Session)
	require.NoError(t, err)
	want := string(doc)
	clear(doc) // the caller's buffer may be used again
	require.Equal(t, 2, p.Statements())
	require.Equal(t, []byte(first), p.Statement(0))  //nolint:testifylint // byte for byte
	require.Equal(t, []byte(second), p.Statement(1)) //nolint:testifylint // byte for byte
	require.Nil(t, p.Statement(2))
	require.Nil(t, p.Statement(-1))
	require.Equal(t, want, string(p.Document()))
	require.Equal(t, policy.Session, p.Where())
}
