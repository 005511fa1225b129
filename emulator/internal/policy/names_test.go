package policy_test

import (
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/stretchr/testify/require"
)

func TestReadAction(t *testing.T) {
	for _, s := range []string{"name/cos:PutObject", "cos:PutObject", "PutObject", "name/PutObject"} {
		got, ok := policy.ReadAction(s)
		require.True(t, ok, s)
		require.Equal(t, "PutObject", got, s)
	}
	for _, s := range []string{"", "name/cos:", "cos:*", "cos:Put*", "cvm:RunInstances", "name/cvm:RunInstances", "permid/1", "Put Object"} {
		_, ok := policy.ReadAction(s)
		require.False(t, ok, s)
	}
}

func TestReadResource(t *testing.T) {
	full := policy.Request{Region: "ap-guangzhou", AppID: "1250000000", Bucket: "examplebucket-1250000000", Key: "a:b/*"}
	for s, want := range map[string]policy.Request{
		"*": {},
		"qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/a:b/*":                               full,
		"qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/examplebucket/a:b/*":                       full,
		"qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/a:b/*": full,
		"qcs::cos:::b-1/":                     {Bucket: "b-1"},
		"qcs:::ap-x:uin/100000000001:b-1/key": {Region: "ap-x", OwnerUIN: "100000000001", Bucket: "b-1", Key: "key"},
		"b-1/照片/1.jpg":                        {Bucket: "b-1", Key: "照片/1.jpg"},
		"b-1":                                 {Bucket: "b-1"},
	} {
		got, ok := policy.ReadResource(s)
		require.True(t, ok, s)
		require.Equal(t, want, got, s)
	}
	for _, s := range []string{
		"", "bucket/key", "qcs::cos:ap-guangzhou:uid/1250000000", "qcs::cvm:ap-x:uid/1:b-1/k", "qcs::cos:ap-x:1250000000:b-1/k",
		"qcs::cos:*:uid/1:b-1/k", "qcs::cos:ap-x:uid/*:b-1/k", "b*-1/k", "qcs::cos:ap-x:uid/1:prefix//1/*", "qcs::cos:ap-x:uid/:b-1/k",
	} {
		_, ok := policy.ReadResource(s)
		require.False(t, ok, s)
	}
}

func TestReadCaller(t *testing.T) {
	for s, want := range map[string]policy.Caller{
		"anonymous":                                        {Anonymous: true},
		"qcs::cam::anonymous:anonymous":                    {Anonymous: true},
		"qcs::cam::uin/100000000001:uin/100000000002":      {OwnerUIN: "100000000001", UIN: "100000000002"},
		"qcs::cam::uin/100000000001:root":                  {OwnerUIN: "100000000001", UIN: "100000000001"},
		"qcs::cam::uin/100000000001:roleName/writer":       {OwnerUIN: "100000000001", Role: "writer"},
		"qcs::cam::uin/100000000001:role/4611686018427397": {OwnerUIN: "100000000001", RoleID: "4611686018427397"},
	} {
		got, ok := policy.ReadCaller(s)
		require.True(t, ok, s)
		require.Equal(t, want, got, s)
	}
	for _, s := range []string{"", "*", "qcs::cam::anyone:anyone", "100000000001", "qcs::cam::uin/1:uin/*", "qcs::cam::uin/*:root", "qcs::cam::uin/1:groupid/2", "qcs::cam::uin/1:uin/"} {
		_, ok := policy.ReadCaller(s)
		require.False(t, ok, s)
	}
}
