package acl_test

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

const (
	ownerUIN = "100000000001"
	otherUIN = "100000000002"
	subUIN   = "100000000011"
)

func golden(t *testing.T, name string, length int) string {
	t.Helper()
	doc, err := os.ReadFile("../../../testdata/golden/" + name)
	require.NoError(t, err)
	require.Len(t, doc, length, "the Content-Length of the sample")
	return string(doc)
}

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// TestSamples: the requests of the pages on PUT acl give the answers of the
// pages on GET acl, to the byte; read back, those mean the same.
func TestSamples(t *testing.T) {
	for name, c := range map[string]struct {
		on     acl.Resource
		file   string
		length int
		header http.Header
	}{
		"bucket": {acl.Bucket, "acl-bucket.xml", 1035, headers("x-cos-acl", "public-read",
			"x-cos-grant-write", `id="100000000002"`, "x-cos-grant-read-acp", `id="100000000002"`)},
		"object": {acl.Object, "acl-object.xml", 742, headers("x-cos-acl", "public-read", "x-cos-grant-read-acp", `id="100000000002"`)},
	} {
		want := golden(t, c.file, c.length)
		list, found, err := acl.FromHeaders(c.header, c.on)
		require.Nil(t, err, name)
		require.True(t, found, name)
		require.Equal(t, want, string(list.AppendXML(nil, ownerUIN)), name)

		read, err := acl.ParseXML([]byte(want), c.on)
		require.Nil(t, err, name)
		require.Equal(t, want, string(read.AppendXML(nil, ownerUIN)), name)
	}
}

// TestOwnerAlone: what nobody else may touch shows its owner.
func TestOwnerAlone(t *testing.T) {
	owner := "<ID>qcs::cam::uin/100000000001:uin/100000000001</ID>"
	for _, canned := range []string{acl.Private, acl.Default, acl.BucketOwnerRead, acl.BucketOwnerFullControl} {
		l := acl.List{Canned: canned}
		doc := string(l.AppendXML(nil, ownerUIN))
		require.Equal(t, 2, strings.Count(doc, owner), canned)
		require.Equal(t, 1, strings.Count(doc, "<Grant>"), canned)
		require.Contains(t, doc, "<Permission>FULL_CONTROL</Permission>", canned)
	}
	public := acl.List{Canned: acl.PublicRead}
	require.NotContains(t, string(public.AppendXML(nil, ownerUIN)), "FULL_CONTROL", "the control")
}

// TestShown: the owner stands first where an object has a canned list and no more.
func TestShown(t *testing.T) {
	for stored, want := range map[string]string{
		"public-read": "private f=" + ownerUIN + " r=*", "authenticated-read": "private f=" + ownerUIN + " r=+",
		"private": "private", "default": "default", "public-read a=1": "public-read a=1", "private r=1": "private r=1",
	} {
		l, err := acl.Parse(stored)
		require.NoError(t, err)
		require.Equal(t, want, l.Shown(ownerUIN).String(), stored)
		require.Equal(t, stored, l.String(), "the list itself stays")
		again, cerr := acl.ParseXML(l.Shown(ownerUIN).AppendXML(nil, ownerUIN), acl.Object)
		require.Nil(t, cerr)
		for _, who := range []*acl.Caller{{Anonymous: true}, {Owner: otherUIN, User: otherUIN}} {
			require.Equal(t, acl.Granted(stored, who, acl.Read), acl.Granted(again.String(), who, acl.Read), "a client that writes back what it read")
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		name   string
		on     acl.Resource
		header []string
		stored string // "": none found
		code   coserr.Code
	}{
		{"nothing", acl.Bucket, nil, "", ""},
		{"empty", acl.Bucket, []string{"x-cos-acl", "", "x-cos-grant-read", ""}, "", ""},
		{"canned", acl.Bucket, []string{"x-cos-acl", "public-read-write"}, "public-read-write", ""},
		{"canned of objects", acl.Object, []string{"x-cos-acl", "bucket-owner-read"}, "bucket-owner-read", ""},
		{"default", acl.Object, []string{"x-cos-acl", "default"}, "default", ""},
		{"default with a grant", acl.Object, []string{"x-cos-acl", "default", "x-cos-grant-read", `id="1"`}, "private r=1", ""},
		{"account", acl.Bucket, []string{"x-cos-grant-read", `id="100000000002"`}, "private r=100000000002", ""},
		{"sub-account", acl.Bucket, []string{"x-cos-grant-write", `id="100000000001/100000000011"`}, "private w=100000000001/100000000011", ""},
		{"CAM's names", acl.Object, []string{"x-cos-grant-full-control", `id="qcs::cam::uin/1001:uin/1001", id="qcs::cam::uin/1001:uin/1002"`}, "private f=1001 f=1001/1002", ""},
		{"everybody", acl.Object, []string{"x-cos-grant-read-acp", `id="qcs::cam::anyone:anyone"`}, "private a=*", ""},
		{"the same twice", acl.Bucket, []string{"x-cos-grant-read", `id="1",id="qcs::cam::uin/1:uin/1"`}, "private r=1", ""},
		{"without quotes", acl.Bucket, []string{"x-cos-grant-read", "id=1"}, "private r=1", ""},
		{"Java's UinGrantee", acl.Object, []string{"x-cos-grant-read", `uin="734000014", uin="qcs::cam::uin/1001:uin/1002"`}, "private r=734000014 r=1001/1002", ""},
		{"both names of one", acl.Bucket, []string{"x-cos-grant-write", `id="1",uin="1"`}, "private w=1", ""},
		{"all five", acl.Bucket, []string{
			"x-cos-grant-full-control", `id="5"`, "x-cos-grant-write-acp", `id="4"`, "x-cos-grant-read-acp", `id="3"`,
			"x-cos-grant-write", `id="2"`, "x-cos-grant-read", `id="1"`,
		}, "private r=1 w=2 a=3 c=4 f=5", ""},
		{"write on an object", acl.Object, []string{"x-cos-grant-write", `id="2"`}, "", ""},

		{"unknown canned", acl.Bucket, []string{"x-cos-acl", "public"}, "", coserr.InvalidArgument},
		{"other case", acl.Bucket, []string{"x-cos-acl", "Private"}, "", coserr.InvalidArgument},
		{"of objects alone", acl.Bucket, []string{"x-cos-acl", "default"}, "", coserr.InvalidArgument},
		{"of buckets alone", acl.Object, []string{"x-cos-acl", "public-read-write"}, "", coserr.InvalidArgument},
		{"no id", acl.Bucket, []string{"x-cos-grant-read", "100000000002"}, "", coserr.InvalidArgument},
		{"another key", acl.Bucket, []string{"x-cos-grant-read", `uri="http://cam.qcloud.com/groups/global/AllUsers"`}, "", coserr.InvalidArgument},
		{"uin of nobody", acl.Bucket, []string{"x-cos-grant-read", `uin="somebody"`}, "", coserr.InvalidArgument},
		{"no number", acl.Bucket, []string{"x-cos-grant-read", `id="somebody"`}, "", coserr.InvalidArgument},
		{"half a name", acl.Bucket, []string{"x-cos-grant-read", `id="qcs::cam::uin/1"`}, "", coserr.InvalidArgument},
		{"empty id", acl.Bucket, []string{"x-cos-grant-read", `id=""`}, "", coserr.InvalidArgument},
		{"a blank id", acl.Bucket, []string{"x-cos-grant-read", `id="1 r=*"`}, "", coserr.InvalidArgument},
		{"trailing comma", acl.Bucket, []string{"x-cos-grant-read", `id="1",`}, "", coserr.InvalidArgument},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, found, err := acl.FromHeaders(headers(c.header...), c.on)
			if c.code != "" {
				require.NotNil(t, err)
				require.Equal(t, c.code, err.Code)
				require.Contains(t, err.Message, c.header[0]+" value invalid:"+c.header[1])
				return
			}
			require.Nil(t, err)
			require.Equal(t, c.stored != "", found)
			if found {
				require.Equal(t, c.stored, l.String())
			}
		})
	}
}

// ids names n accounts.
func ids(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, `id="`+strconv.Itoa(1000+i)+`"`)
	}
	return strings.Join(parts, ",")
}

func TestLimit(t *testing.T) {
	l, found, err := acl.FromHeaders(headers("x-cos-grant-read", ids(60), "x-cos-grant-write", ids(40)), acl.Bucket)
	require.Nil(t, err)
	require.True(t, found)
	require.Len(t, l.Grants, acl.MaxGrants)
	again, perr := acl.Parse(l.String())
	require.NoError(t, perr)
	require.Equal(t, l, again)
	_, err = acl.ParseXML(l.AppendXML(nil, ownerUIN), acl.Bucket)
	require.Nil(t, err)

	_, _, err = acl.FromHeaders(headers("x-cos-grant-read", ids(60), "x-cos-grant-write", ids(41)), acl.Bucket)
	require.NotNil(t, err)
	require.Equal(t, coserr.AttachmentFull, err.Code)
	l.Grants = append(l.Grants, l.Grants[0])
	_, err = acl.ParseXML(l.AppendXML(nil, ownerUIN), acl.Bucket)
	require.NotNil(t, err)
	require.Equal(t, coserr.AttachmentFull, err.Code)
	_, perr = acl.Parse(l.String())
	require.ErrorIs(t, perr, acl.ErrUnreadable)
}

func policy(grantee, permission string) string {
	return "<AccessControlPolicy><Owner><ID>qcs::cam::uin/1:uin/1</ID></Owner><AccessControlList><Grant><Grantee>" + grantee +
		"</Grantee><Permission>" + permission + "</Permission></Grant></AccessControlList></AccessControlPolicy>"
}

func TestXML(t *testing.T) {
	const (
		all    = "<URI>http://cam.qcloud.com/groups/global/AllUsers</URI>"
		signed = "<URI>http://cam.qcloud.com/groups/global/AuthenticatedUsers</URI>"
		other  = "<ID>qcs::cam::uin/100000000002:uin/100000000002</ID>"
	)
	for name, c := range map[string]struct {
		on          acl.Resource
		doc, stored string
	}{
		"group":               {acl.Object, policy(all, "READ"), "private r=*"},
		"signed":              {acl.Object, policy(signed, "READ_ACP"), "private a=+"},
		"account":             {acl.Bucket, policy(other, "WRITE"), "private w=100000000002"},
		"with names":          {acl.Bucket, policy(other+"<DisplayName>x</DisplayName>", "WRITE_ACP"), "private c=100000000002"},
		"sub":                 {acl.Bucket, policy("<ID>qcs::cam::uin/1:uin/2</ID>", "FULL_CONTROL"), "private f=1/2"},
		"anyone":              {acl.Bucket, policy("<ID>qcs::cam::anyone:anyone</ID>", "READ"), "private r=*"},
		"no grants":           {acl.Bucket, "<AccessControlPolicy><Owner><ID>1</ID></Owner><AccessControlList></AccessControlList></AccessControlPolicy>", "private"},
		"bom and declaration": {acl.Bucket, "\ufeff<?xml version='1.0' encoding='utf-8' ?>\n" + policy(all, "READ") + "\n", "private r=*"},
		"S3's namespace": {acl.Bucket, strings.Replace(policy(all, "READ"), "<AccessControlPolicy>",
			`<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`, 1), "private r=*"},
	} {
		l, err := acl.ParseXML([]byte(c.doc), c.on)
		require.Nil(t, err, name)
		require.Equal(t, c.stored, l.String(), name)
	}
	for name, c := range map[string]struct {
		on  acl.Resource
		doc string
	}{
		"empty":          {acl.Bucket, ""},
		"<xml/>":         {acl.Object, "<xml/>"}, // seen: overtrue/qcloud-cos-client issue 11
		"cut":            {acl.Bucket, strings.TrimSuffix(policy(all, "READ"), ">")},
		"two":            {acl.Bucket, policy(all, "READ") + policy(all, "READ")},
		"text behind":    {acl.Bucket, policy(all, "READ") + "x"},
		"broken behind":  {acl.Bucket, policy(all, "READ") + "<a"},
		"no owner":       {acl.Bucket, strings.Replace(policy(all, "READ"), "<Owner><ID>qcs::cam::uin/1:uin/1</ID></Owner>", "", 1)},
		"no list":        {acl.Bucket, "<AccessControlPolicy><Owner><ID>1</ID></Owner></AccessControlPolicy>"},
		"nobody":         {acl.Bucket, policy("", "READ")},
		"two in one":     {acl.Bucket, policy(all+other, "READ")},
		"other group":    {acl.Bucket, policy("<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>", "READ")},
		"group of ours?": {acl.Bucket, policy("<URI>http://cam.qcloud.com/groups/global/Friends</URI>", "READ")},
		"no permission":  {acl.Bucket, policy(all, "")},
		"unknown":        {acl.Bucket, policy(all, "EXECUTE")},
		"write on one":   {acl.Object, policy(all, "WRITE")},
		"a blank in id":  {acl.Bucket, policy("<ID>qcs::cam::uin/1 r=*:uin/1</ID>", "READ")},
	} {
		_, err := acl.ParseXML([]byte(c.doc), c.on)
		require.NotNil(t, err, name)
		require.Equal(t, coserr.InvalidArgument, err.Code, name)
		require.True(t, strings.HasPrefix(err.Message, "AccessControlPolicy is not well-"), name)
	}
	_, err := acl.ParseXML([]byte(policy(all, "WRITE")), acl.Bucket)
	require.Nil(t, err, "the control: on a bucket it may stand")
}

func TestParse(t *testing.T) {
	for _, stored := range []string{"private", "public-read", "default", "bucket-owner-full-control", "private r=* f=+ w=1 a=1/2 c=3"} {
		l, err := acl.Parse(stored)
		require.NoError(t, err)
		require.Equal(t, stored, l.String())
	}
	l, err := acl.Parse("")
	require.NoError(t, err)
	require.Equal(t, "private", l.String())
	for _, bad := range []string{"public", "private ", "private r", "private x=1", "private r=a", "private r=1/", "private r=1/2/3", " r=1"} {
		_, err := acl.Parse(bad)
		if bad == "private " || bad == " r=1" {
			require.NoError(t, err, bad)
			continue
		}
		require.ErrorIs(t, err, acl.ErrUnreadable, bad)
		require.Equal(t, acl.Nobody, acl.Granted(bad, &acl.Caller{Owner: "1", User: "1"}, acl.Read), bad)
	}
}

// TestJudge: who may what, by every kind of grant.
func TestJudge(t *testing.T) {
	anonymous := &acl.Caller{Anonymous: true}
	stranger := &acl.Caller{Owner: "9", User: "9"}
	other := &acl.Caller{Owner: otherUIN, User: otherUIN}
	sub := &acl.Caller{Owner: otherUIN, User: subUIN}
	all := []*acl.Caller{anonymous, stranger, other, sub}
	const n, a, u, s, e = acl.Nobody, acl.Account, acl.User, acl.Signed, acl.Everybody
	for _, c := range []struct {
		stored string
		p      acl.Permission
		want   [4]acl.Audience
	}{
		{"private", acl.Read, [4]acl.Audience{n, n, n, n}},
		{"", acl.Read, [4]acl.Audience{n, n, n, n}},
		{"default", acl.Read, [4]acl.Audience{n, n, n, n}},
		{"bucket-owner-read", acl.Read, [4]acl.Audience{n, n, n, n}},
		{"public-read", acl.Read, [4]acl.Audience{e, e, e, e}},
		{"public-read", acl.Write, [4]acl.Audience{n, n, n, n}},
		{"public-read", acl.ReadACP, [4]acl.Audience{n, n, n, n}},
		{"public-read-write f=*", 0, [4]acl.Audience{n, n, n, n}},
		{"public-read-write", acl.Write, [4]acl.Audience{e, e, e, e}},
		{"public-read-write", acl.WriteACP, [4]acl.Audience{n, n, n, n}},
		{"public-read-write", acl.FullControl, [4]acl.Audience{n, n, n, n}},
		{"authenticated-read", acl.Read, [4]acl.Audience{n, s, s, s}},
		{"authenticated-read", acl.Write, [4]acl.Audience{n, n, n, n}},
		{"private r=" + otherUIN, acl.Read, [4]acl.Audience{n, n, u, a}},
		{"private r=" + otherUIN, acl.ReadACP, [4]acl.Audience{n, n, n, n}},
		{"private r=" + otherUIN + "/" + subUIN, acl.Read, [4]acl.Audience{n, n, n, u}},
		{"private f=" + otherUIN, acl.WriteACP, [4]acl.Audience{n, n, u, a}},
		{"private c=" + otherUIN, acl.WriteACP, [4]acl.Audience{n, n, u, a}},
		{"private w=*", acl.Write, [4]acl.Audience{e, e, e, e}},
		{"private w=+", acl.Write, [4]acl.Audience{n, s, s, s}},
		{"public-read r=" + otherUIN, acl.Read, [4]acl.Audience{e, e, e, e}},
		{"private r=" + otherUIN + " r=+", acl.Read, [4]acl.Audience{n, s, s, s}},
		{"private r=" + ownerUIN + " w=" + otherUIN, acl.Read, [4]acl.Audience{n, n, n, n}},
	} {
		for i, who := range all {
			require.Equal(t, c.want[i], acl.Granted(c.stored, who, c.p), "%q %d of %v", c.stored, c.p, who)
		}
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { acl.Granted("private r=1 w=2 f="+otherUIN, other, acl.Read) }))
}

// FuzzACL: any header and any document gets a verdict; what is accepted is
// stored, read back and shown the same, and means the same to everybody.
func FuzzACL(f *testing.F) {
	f.Add("public-read", `id="1",id="2/3"`, policy("<ID>qcs::cam::uin/1:uin/1</ID>", "READ"), true)
	f.Add("", `id="qcs::cam::anyone:anyone"`, "<AccessControlPolicy/>", false)
	f.Fuzz(func(t *testing.T, canned, grant, doc string, object bool) {
		on := acl.Bucket
		if object {
			on = acl.Object
		}
		var lists []*acl.List
		if l, found, err := acl.FromHeaders(http.Header{"X-Cos-Acl": {canned}, "X-Cos-Grant-Read": {grant}}, on); err == nil && found {
			lists = append(lists, l)
		}
		if l, err := acl.ParseXML([]byte(doc), on); err == nil {
			lists = append(lists, l)
		}
		for _, l := range lists {
			again, err := acl.Parse(l.String())
			require.NoError(t, err)
			require.Equal(t, l.String(), again.String())
			shown, cerr := acl.ParseXML(l.AppendXML(nil, ownerUIN), on)
			if len(l.Grants) == acl.MaxGrants && cerr != nil {
				continue // a canned list and a hundred grants are more than a document may have
			}
			require.Nil(t, cerr)
			for _, who := range []*acl.Caller{{Anonymous: true}, {Owner: "1", User: "1"}, {Owner: "2", User: "3"}} {
				for _, p := range []acl.Permission{acl.Read, acl.Write, acl.ReadACP, acl.WriteACP} {
					require.Equal(t, acl.Granted(l.String(), who, p), acl.Granted(shown.String(), who, p))
				}
			}
		}
	})
}
