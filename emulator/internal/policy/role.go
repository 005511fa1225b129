package policy

// camService is the product that roles belong to.
const camService = "cam"

// AssumeRole is the action of STS that a policy is asked for (CAM docs:
// 为子账号赋予扮演角色策略).
const AssumeRole = "AssumeRole"

// Role is a role of the account that a [Request] names by its OwnerUIN. Its
// resource is qcs::cam::uin/<owner>:roleName/<name>, or …:role/<id>.
type Role struct{ Name, ID string }

// matchRole tells whether it covers a role of an account. An owner that is left
// out is every account: a policy cannot let anybody in who is not trusted there.
func (r *resource) matchRole(role *Role, ownerUIN string) bool {
	if !r.cam || r.short || !r.region.match("") {
		return false
	}
	if !r.owner.own && !r.owner.id.match(ownerUIN) {
		return false
	}
	return r.path.match("roleName/"+role.Name) || r.path.match("role/"+role.ID)
}
