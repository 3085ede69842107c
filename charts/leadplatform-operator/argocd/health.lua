-- Health of a LeadPlatform, for Argo CD: the value of resource.customizations.health.leadplatform.io_LeadPlatform in the
-- ConfigMap argocd-cm. Argo CD runs it without the string library.
--
-- Degraded     you have to do something (Stalled)
-- Progressing  the operator has not looked at this generation yet, a change is under way, or a component is not ready
-- Suspended    mode is Paused
-- Healthy      all else: also in mode Recommend, and while a signal is unknown, for the platform then holds its size

local function is(status, message)
  return { status = status, message = message }
end

local status = obj.status
if status == nil or status.conditions == nil then
  return is("Progressing", "Waiting for the operator to look at it.")
end

local generation = obj.metadata.generation
if generation ~= nil and (status.observedGeneration == nil or status.observedGeneration < generation) then
  return is("Progressing", "Waiting for the operator to look at the change.")
end

local conditions = {}
for _, condition in ipairs(status.conditions) do
  conditions[condition.type] = condition
end

local function holds(name, value)
  local condition = conditions[name]
  return condition ~= nil and condition.status == value
end

if holds("Stalled", "True") then
  return is("Degraded", conditions.Stalled.reason .. ": " .. conditions.Stalled.message)
end
if holds("Reconciling", "True") then
  return is("Progressing", conditions.Reconciling.message)
end
if status.transition ~= nil then
  return is("Progressing", status.transition.message)
end
if conditions.Ready == nil then
  return is("Progressing", "Waiting for the operator to say whether it is ready.")
end
if holds("Ready", "False") then
  return is("Progressing", conditions.Ready.message)
end
if obj.spec ~= nil and obj.spec.mode == "Paused" then
  return is("Suspended", "Paused: the platform is measured, and nothing is decided or changed.")
end

local message = conditions.Ready.message
if status.tier ~= nil then
  message = "On " .. status.tier .. ". " .. message
end
if obj.spec ~= nil and obj.spec.mode == "Recommend" then
  message = message .. " In mode Recommend nothing is changed."
end
if holds("SignalsFresh", "False") or holds("SignalsFresh", "Unknown") then
  message = message .. " " .. conditions.SignalsFresh.message
end
return is("Healthy", message)
